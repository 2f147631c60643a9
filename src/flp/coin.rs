//! A coin: how long Ben-Or takes when it is given its coin back, measured and exactly.
//!
//! *Rounds* are counted until the first decision: a run in which somebody decides in the first round took one. The
//! layered graph with coins is a Markov decision process: in every phase the adversary, who knows all states and all
//! coins that have fallen, chooses who hears whom, and then the coins of the phase fall. The strongest adversary is
//! the choice for every boundary that makes the expectation largest. It is computed by policy iteration (Howard,
//! *Dynamic Programming and Markov Processes*, 1960) in fractions, so that what comes out satisfies the optimality
//! equations exactly. Every policy ends with probability 1: in each round the coins may all fall as the only proposal
//! says. So the equations have one solution.

use crate::catalogue::{Catalogue, LayeredStates, hearing_both};
use crate::draw::{Purpose, draw};
use crate::explorer::heard_of::{Boundary, PhaseRules};
use crate::history::Scheduler;
use crate::process::{Outcome, ProcessId};
use crate::protocols::ben_or::{BenOr, BenOrMessage};
use crate::scenario::{Scenario, Setting};

/// A fraction in lowest terms, with a positive denominator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fraction {
    /// The whole that is divided.
    pub numerator: i128,
    /// By what.
    pub denominator: i128,
}

impl Fraction {
    const ZERO: Fraction = Fraction::whole(0);

    /// A whole number.
    pub const fn whole(number: i128) -> Self {
        Fraction { numerator: number, denominator: 1 }
    }

    fn new(numerator: i128, denominator: i128) -> Self {
        let (mut divisor, mut rest) = (numerator.abs(), denominator.abs());
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        let divisor = divisor * denominator.signum();
        Fraction { numerator: numerator / divisor, denominator: denominator / divisor }
    }

    /// This plus `factor` times `other`.
    fn plus(self, factor: Fraction, other: Fraction) -> Self {
        let term = Fraction::new(factor.numerator * other.numerator, factor.denominator * other.denominator);
        Fraction::new(
            self.numerator * term.denominator + term.numerator * self.denominator,
            self.denominator * term.denominator,
        )
    }

    fn over(self, other: Fraction) -> Self {
        Fraction::new(self.numerator * other.denominator, self.denominator * other.numerator)
    }

    fn is_more_than(self, other: Fraction) -> bool {
        self.numerator * other.denominator > other.numerator * self.denominator
    }
}

/// When a run is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// Somebody has decided.
    First,
    /// Everybody has.
    Last,
}

/// A phase under a choice: who flips, and where each way of the coins leads; `None` is the end.
struct Phase {
    flippers: Vec<ProcessId>,
    targets: Vec<Option<usize>>,
}

/// The strongest adversary against Ben-Or with its coin, in the layered model of three processes.
pub struct Strongest {
    boundaries: Vec<Boundary>,
    phases: Vec<Vec<Phase>>,
    /// The place where a run from each vector of inputs begins; the first input is the highest bit.
    beginnings: [Option<usize>; 8],
    policy: Vec<usize>,
    values: Vec<Fraction>,
    /// True if every choice of the policy has a strict schedule of its own: at most one process hears both others.
    strict: bool,
}

impl Strongest {
    /// Computes it, over all inputs.
    pub fn new(until: Until) -> Self {
        let mut rules = PhaseRules::new(Box::new(LayeredStates::new(BenOr::flipping())));
        let mut boundaries: Vec<Boundary> = Vec::new();
        let number = |rules: &PhaseRules, boundaries: &mut Vec<Boundary>, boundary: Boundary| {
            let decided = rules.decided(boundary);
            let over = match until {
                Until::First => decided != [None; 3],
                Until::Last => !decided.contains(&None),
            };
            (!over).then(|| {
                boundaries.iter().position(|known| *known == boundary).unwrap_or_else(|| {
                    boundaries.push(boundary);
                    boundaries.len() - 1
                })
            })
        };
        let beginnings = [0, 1, 2, 3, 4, 5, 6, 7].map(|bits: u8| {
            let begin = rules.begin([bits & 4 > 0, bits & 2 > 0, bits & 1 > 0]);
            number(&rules, &mut boundaries, begin)
        });
        let mut phases: Vec<Vec<Phase>> = Vec::new();
        while let Some(boundary) = boundaries.get(phases.len()).copied() {
            let choices = (0..rules.choices().len()).map(|choice| {
                let (flippers, after) = rules.after(boundary, choice);
                let targets = after.into_iter().map(|after| number(&rules, &mut boundaries, after)).collect();
                Phase { flippers, targets }
            });
            let choices = choices.collect();
            phases.push(choices);
        }
        let policy = vec![0; boundaries.len()];
        let mut strongest = Strongest { boundaries, phases, beginnings, policy, values: Vec::new(), strict: true };
        while {
            strongest.values = strongest.evaluate();
            strongest.improve()
        } {}
        strongest.strict = strongest.policy.iter().all(|choice| hearing_both(&rules.choices()[*choice]) <= 1);
        strongest
    }

    /// A report phase begins a round, a proposal phase goes on with it.
    fn cost(&self, place: usize) -> Fraction {
        Fraction::whole(i128::from(self.boundaries[place][0] == 0))
    }

    /// The expected number of rounds from a boundary if this choice is made, and all others as the values say.
    fn expect(&self, place: usize, choice: usize) -> Fraction {
        let targets = &self.phases[place][choice].targets;
        let share = Fraction::new(1, targets.len() as i128);
        targets.iter().flatten().fold(self.cost(place), |sum, target| sum.plus(share, self.values[*target]))
    }

    /// The values of the present policy: its linear equations, by Gauss's elimination.
    fn evaluate(&self) -> Vec<Fraction> {
        let size = self.boundaries.len();
        let one = Fraction::whole(1);
        let mut rows: Vec<Vec<Fraction>> = (0..size)
            .map(|place| {
                let mut row = vec![Fraction::ZERO; size + 1];
                row[place] = one;
                row[size] = self.cost(place);
                let targets = &self.phases[place][self.policy[place]].targets;
                let share = Fraction::new(-1, targets.len() as i128);
                targets.iter().flatten().for_each(|target| row[*target] = row[*target].plus(share, one));
                row
            })
            .collect();
        for column in 0..size {
            let pivot = (column..size).find(|row| rows[*row][column] != Fraction::ZERO);
            rows.swap(
                column,
                pivot.expect("every policy ends with probability 1, so that its equations have a solution"),
            );
            let pivot = rows[column].clone();
            for (place, row) in rows.iter_mut().enumerate() {
                if place != column && row[column] != Fraction::ZERO {
                    let factor = Fraction::ZERO.plus(Fraction::whole(-1), row[column].over(pivot[column]));
                    row.iter_mut().zip(&pivot).for_each(|(entry, above)| *entry = entry.plus(factor, *above));
                }
            }
        }
        (0..size).map(|place| rows[place][size].over(rows[place][place])).collect()
    }

    /// Takes for each boundary a choice that is better than the present one, if there is one. False if there is none
    /// anywhere: then the values satisfy the optimality equations.
    fn improve(&mut self) -> bool {
        let mut improved = false;
        for place in 0..self.boundaries.len() {
            let mut best = self.values[place];
            for choice in 0..self.phases[place].len() {
                let value = self.expect(place, choice);
                if value.is_more_than(best) {
                    (best, self.policy[place], improved) = (value, choice, true);
                }
            }
        }
        improved
    }

    /// The expected number of rounds from these inputs.
    pub fn expectation(&self, inputs: [bool; 3]) -> Fraction {
        self.values[self.begin(inputs)]
    }

    /// True if no phase of the strongest adversary needs two processes that hear both others, which no order of
    /// single deliveries makes.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    fn begin(&self, inputs: [bool; 3]) -> usize {
        let bits = inputs.iter().fold(0, |bits, input| bits << 1 | usize::from(*input));
        self.beginnings[bits].expect("nobody has decided in the beginning")
    }

    /// The number of rounds that a run against it takes, with coins drawn from the seed.
    pub fn run(&self, inputs: [bool; 3], seed: u32) -> usize {
        let (mut now, mut rounds, mut flips) = (Some(self.begin(inputs)), 0, [0; 3]);
        while let Some(place) = now {
            rounds += usize::from(self.boundaries[place][0] == 0);
            let phase = &self.phases[place][self.policy[place]];
            let coins = phase.flippers.iter().enumerate().fold(0, |coins, (bit, process)| {
                let counter = &mut flips[process.index()];
                *counter += 1;
                let heads = draw(seed, Purpose::Coin, u64::from(process.0), *counter) >> 63;
                coins | (heads as usize) << bit
            });
            now = phase.targets[coins];
        }
        rounds
    }
}

/// The number of times that a run took so many rounds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// The number of runs.
    pub runs: usize,
    /// The number of them that took so many rounds; the place is the number of rounds.
    pub by_rounds: Vec<usize>,
}

impl Counts {
    fn add(&mut self, rounds: usize) {
        self.runs += 1;
        self.by_rounds.resize(self.by_rounds.len().max(rounds + 1), 0);
        self.by_rounds[rounds] += 1;
    }

    /// The mean number of rounds, in hundredths.
    pub fn mean_hundredths(&self) -> usize {
        let sum: usize = self.by_rounds.iter().enumerate().map(|(rounds, runs)| rounds * runs).sum();
        (100 * sum + self.runs / 2) / self.runs.max(1)
    }
}

/// Ben-Or with its coin from 0, 1, 1, under seed after seed: in a random order of messages, and against the strongest
/// adversary.
pub struct Experiment {
    /// The strongest adversary until the first decision.
    pub strongest: Strongest,
    /// The engine's runs in a random order.
    pub random: Counts,
    /// The runs against the strongest adversary.
    pub against: Counts,
    catalogue: Catalogue,
    scenario: Scenario,
    runs: usize,
}

/// The inputs of the experiment.
const INPUTS: [bool; 3] = [false, true, true];

impl Experiment {
    /// An experiment of so many runs of each kind.
    pub fn new(runs: usize) -> Self {
        let mut scenario = super::scenario_of("ben-or", 3);
        scenario.inputs = INPUTS.map(|bit| Some(bit.into())).into();
        scenario.parameters.insert("coin".into(), Setting("random".into()));
        scenario.scheduler = Scheduler::Random;
        let (random, against) = (Counts::default(), Counts::default());
        Experiment {
            strongest: Strongest::new(Until::First),
            random,
            against,
            catalogue: Catalogue::builtin(),
            scenario,
            runs,
        }
    }

    /// The scenario of a random run.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The number of runs of each kind.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The exact expectation against the strongest adversary.
    pub fn exact(&self) -> Fraction {
        self.strongest.expectation(INPUTS)
    }

    /// One run of each kind. True when there are no more to do.
    pub fn step(&mut self) -> bool {
        if self.random.runs < self.runs {
            let seed = u32::try_from(self.random.runs + 1).expect("far fewer than four thousand million runs");
            self.random.add(self.in_random_order(seed));
            self.against.add(self.strongest.run(INPUTS, seed));
        }
        self.random.runs == self.runs
    }

    /// In which round of a run in random order somebody decides first.
    fn in_random_order(&self, seed: u32) -> usize {
        let scenario = Scenario { seed, ..self.scenario.clone() };
        let mut history = scenario.start(&self.catalogue).expect("the scenario is valid whatever its seed");
        loop {
            let step = history.next().expect("who has not decided goes on");
            let mut outcomes = step.outcomes().iter();
            if outcomes.any(|outcome| matches!(outcome, Outcome::Decide(_))) {
                // Its next message is the report of the round that follows.
                let next = outcomes.find_map(|outcome| match outcome {
                    Outcome::Send { payload, .. } => Some(*payload.get::<BenOrMessage>()),
                    _ => None,
                });
                let Some(BenOrMessage::Report { phase, .. }) = next else { panic!("a round ends with a report") };
                return phase as usize / 2;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_adversary_needs_five_rounds_on_average_and_no_more() {
        for until in [Until::First, Until::Last] {
            let strongest = Strongest::new(until);
            for bits in 0..8u8 {
                let inputs = [bits & 4 > 0, bits & 2 > 0, bits & 1 > 0];
                let rounds = if bits == 0 || bits == 7 { 1 } else { 5 };
                assert_eq!(strongest.expectation(inputs), Fraction::whole(rounds), "{until:?} {inputs:?}");
            }
            assert!(strongest.is_strict(), "{until:?}");
        }
    }

    /// The optimality equations again, in another arithmetic: all values are multiples of one fraction.
    #[test]
    fn the_values_satisfy_the_optimality_equations() {
        let strongest = Strongest::new(Until::First);
        let unit = strongest.values.iter().map(|value| value.denominator).max().expect("there are boundaries");
        let scaled = |place: usize| {
            let value = strongest.values[place];
            assert_eq!(unit % value.denominator, 0);
            value.numerator * (unit / value.denominator)
        };
        for place in 0..strongest.boundaries.len() {
            let report = i128::from(strongest.boundaries[place][0] == 0);
            let choices = strongest.phases[place].iter().map(|phase| {
                let sum: i128 = phase.targets.iter().flatten().map(|target| scaled(*target)).sum();
                8 * report * unit + sum * (8 / phase.targets.len() as i128)
            });
            assert_eq!(choices.max(), Some(8 * scaled(place)));
        }
    }

    #[test]
    fn what_is_measured_is_near_the_exact_expectation() {
        let mut experiment = Experiment::new(2_000);
        while !experiment.step() {}
        assert_eq!((experiment.random.runs, experiment.against.runs), (2_000, 2_000));
        let measured = experiment.against.mean_hundredths();
        // The variance is that of a geometric distribution with 1/4: 12. So the error of the mean is about 0.08.
        assert!((470..=530).contains(&measured), "{measured}");
        let random = experiment.random.mean_hundredths();
        assert!((100..250).contains(&random), "{random}");
        // Mixed inputs need a second round under the strongest adversary.
        assert_eq!(experiment.against.by_rounds[1], 0);
    }
}
