//! You are the adversary: a person picks the order of all deliveries and tries to keep the decision open.
//!
//! The run is one of the engine. The game follows it event by event in the explorer's step table and tells what can still
//! be decided: exactly where the graph is small enough to be explored, else by certificates. A certificate proves that
//! a value is possible; that none was found proves nothing, and is called so.

use crate::adversary::certificate::Prover;
use crate::adversary::ledger::Ledger;
use crate::adversary::live::{Live, Names};
use crate::catalogue::Catalogue;
use crate::draw::Flips;
use crate::engine::{Choice, Engine};
use crate::explorer::strict::Strict;
use crate::explorer::valency::{Valencies, Valency};
use crate::explorer::{NULL, StepTable, StrictEvent, StrictStep};
use crate::history::Fact;
use crate::process::{ProcessId, Value};
use crate::scenario::Scenario;
use std::collections::VecDeque;

use super::{CONFIGURATIONS_MAX, choice_of};

/// The values that can still be decided from a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Open {
    /// For 0 and for 1: a run that decides it is known.
    pub values: [bool; 2],
    /// True if somebody has decided already.
    pub decided: bool,
    /// True if what is not known is impossible: the graph was explored.
    pub exact: bool,
}

impl Open {
    /// True if nobody has decided and both ends are known to be possible.
    pub fn is_kept(self) -> bool {
        !self.decided && self.values == [true; 2]
    }
}

/// Something that can happen next.
#[derive(Clone, PartialEq, Debug)]
pub struct Move {
    /// The step.
    pub event: StrictEvent,
    /// The number of events that the message has waited; none for a step without one.
    pub waited: Option<usize>,
    /// The ways in which its coins can fall; one if it flips none.
    steps: Vec<StrictStep>,
}

impl Move {
    /// True if the process flips coins in it: then nobody chooses what comes of it.
    pub fn flips(&self) -> bool {
        self.steps.len() > 1
    }
}

/// A person's play against a protocol.
pub struct Game {
    strict: Strict,
    valencies: Option<Valencies>,
    names: Names,
    prover: Prover,
    live: Live,
    ledger: Ledger,
    /// The processes in the order in which they are served, the head first.
    queue: VecDeque<usize>,
    /// The message that the stage is about, as a place in the ledger; none if any step of the head will do.
    wanted: Option<usize>,
    stages: usize,
}

impl Game {
    /// A game about a scenario's protocol, parameters and inputs. The error says what does not fit.
    pub fn new(catalogue: &Catalogue, scenario: &Scenario) -> Result<Game, String> {
        let plan = scenario.plan(catalogue)?;
        let inputs: Vec<Option<Value>> =
            plan.setup.knowledge.iter().map(|knowledge| knowledge.top.input.clone()).collect();
        let n = inputs.len();
        let mut strict = Strict::new(&plan.setup.program, &[inputs], CONFIGURATIONS_MAX);
        // What counts through for ever has no end to explore to.
        let symmetry = scenario.entry(catalogue)?.symmetry.clone();
        let exact = symmetry.is_none() && strict.run().done && strict.search().is_complete();
        let valencies = exact.then(|| strict.valencies());
        let live = Live::initial(strict.locals(0));
        let (ledger, queue) = (Ledger::new(n), (0..n).collect());
        let names = Names::new(symmetry);
        Ok(Game { strict, valencies, names, prover: Prover::thorough(), live, ledger, queue, wanted: None, stages: 0 })
    }

    /// Goes to where these facts, which begin with the run's first event, lead. The error says where the run left the
    /// strict model, for instance by losing a message.
    pub fn follow(&mut self, facts: &[Fact]) -> Result<(), String> {
        let n = self.live.locals.len();
        self.live = Live::initial(self.strict.locals(0));
        (self.ledger, self.queue) = (Ledger::new(n), (0..n).collect());
        (self.wanted, self.stages) = (None, 0);
        facts.iter().try_for_each(|fact| {
            let step = self.step_of(fact).ok_or_else(|| format!("event {} is no step of FLP’s model", fact.event))?;
            let sent = self.live.apply(self.strict.step_table_mut(), step);
            self.ledger.enter(step, self.stages, sent);
            let served = match self.wanted {
                Some(entry) => self.ledger.entries[entry].delivered.is_some(),
                None => usize::from(step.process) == self.queue[0],
            };
            if served {
                self.stages += 1;
                self.queue.rotate_left(1);
                self.wanted = self.oldest_of(self.queue[0]);
            }
            Ok(())
        })
    }

    fn oldest_of(&self, process: usize) -> Option<usize> {
        let (step_table, entries) = (self.step_table(), &self.ledger.entries);
        (0..entries.len()).find(|place| {
            entries[*place].delivered.is_none() && step_table.recipient(entries[*place].message) == process
        })
    }

    /// The step of the step table that this event of the engine is.
    fn step_of(&mut self, fact: &Fact) -> Option<StrictStep> {
        let process = fact.choice.process()?;
        let cause = match (fact.choice, &fact.arrival) {
            (Choice::Start(_) | Choice::Timeout { .. }, _) => NULL,
            (Choice::Deliver(id), Some(arrival)) => {
                let mut waiting = self.live.mail[process.index()].iter().copied();
                waiting.find(|message| {
                    let mail = self.strict.step_table().mail(*message);
                    mail.from == id.from && mail.payload == arrival.payload
                })?
            }
            _ => return None,
        };
        let steps = self.live.steps(self.strict.step_table_mut(), process.index(), cause);
        steps.into_iter().find(|step| step.coins == fact.coins)
    }

    fn step_table(&self) -> &StepTable {
        self.strict.step_table()
    }

    /// The values that can still be decided now.
    pub fn open(&mut self) -> Open {
        let live = self.live.clone();
        self.open_from(&live)
    }

    /// The values that can still be decided after a move, however its coins fall.
    pub fn open_after(&mut self, next: &Move) -> Open {
        let mut worst = Open { values: [true; 2], decided: false, exact: self.valencies.is_some() };
        for step in &next.steps {
            let mut live = self.live.clone();
            live.apply(self.strict.step_table_mut(), *step);
            let open = self.open_from(&live);
            worst.decided |= open.decided;
            worst.values = [0, 1].map(|value| worst.values[value] && open.values[value]);
        }
        worst
    }

    fn open_from(&mut self, live: &Live) -> Open {
        let mask = match &self.valencies {
            Some(valencies) => {
                let node = live.find(&self.strict).expect("the graph holds all that can be reached");
                valencies.values(node)
            }
            None => match self.prover.prove(self.strict.step_table_mut(), &mut self.names, live) {
                Ok(_) => 3,
                Err(Valency::Zero) => 1,
                Err(Valency::One) => 2,
                Err(_) => 0,
            },
        };
        self.open_of(live, mask)
    }

    fn open_of(&self, live: &Live, mask: u8) -> Open {
        let decided = live.decided(self.step_table()) != 0;
        Open { values: [mask & 1 > 0, mask & 2 > 0], decided, exact: self.valencies.is_some() }
    }

    /// The possible next events: the messages that wait, oldest first, then steps without a message. Those may be taken
    /// by who has mail, too: it loses patience before it looks.
    pub fn moves(&mut self) -> Vec<Move> {
        let mut events = self.live.events(self.strict.step_table_mut());
        let with_mail = (0..self.live.locals.len()).filter(|process| self.live.oldest(*process) != NULL);
        let impatient: Vec<usize> =
            with_mail.filter(|process| self.live.null_matters(self.strict.step_table_mut(), *process)).collect();
        events.extend(impatient.into_iter().map(|process| (process, NULL)));
        let mut moves = Vec::new();
        for (process, cause) in events {
            let steps = self.live.steps(self.strict.step_table_mut(), process, cause);
            let step = *steps.first().expect("a step has at least one outcome");
            let entry = self.ledger.waiting().find(|entry| entry.message == cause);
            let waited = entry.map(|entry| self.ledger.events - entry.sent.0);
            let event = StrictEvent { coins: Flips::default(), ..self.step_table().event(step) };
            // The player who keeps a decision open does not choose how coins fall.
            moves.push(Move { event, waited, steps });
        }
        moves.sort_by_key(|next| std::cmp::Reverse(next.waited));
        moves
    }

    /// The choice of the engine that makes a move.
    pub fn choice(&self, engine: &Engine, next: &Move) -> Option<Choice> {
        choice_of(engine, &next.event)
    }

    /// The processes in the order in which they are to be served; the head is first.
    pub fn queue(&self) -> impl Iterator<Item = ProcessId> + '_ {
        self.queue.iter().copied().map(ProcessId::from)
    }

    /// The number of stages that were played fairly: in each the process at the head of the queue took a step with the
    /// message that was its oldest when it came there.
    pub fn stages(&self) -> usize {
        self.stages
    }

    /// The books.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The values decided now, as a mask: 1 for 0, 2 for 1.
    pub fn decided(&self) -> u8 {
        self.live.decided(self.step_table())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Scheduler;
    use crate::scenario::Setting;

    fn scenario(protocol: &str) -> Scenario {
        let mut scenario = super::super::scenario_of(protocol, 3);
        scenario.inputs = [false, true, true].map(|bit| Some(bit.into())).into();
        scenario.scheduler = Scheduler::ByHand;
        scenario
    }

    /// Plays by always taking the oldest message that keeps both ends possible, in the engine, until it is `enough`, or
    /// there is no such message. Answers how many it took.
    fn play(scenario: &Scenario, enough: impl Fn(&Game, usize) -> bool) -> (Game, usize) {
        let mut game = Game::new(&Catalogue::builtin(), scenario).expect("it can be played");
        let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
        history.seek(scenario.schedule.len() as u64).expect("the schedule can be applied");
        let mut played = 0;
        loop {
            game.follow(&history.facts(0, history.position())).expect("a strict run");
            if enough(&game, played) {
                return (game, played);
            }
            let moves = game.moves();
            let Some(next) = moves.iter().find(|next| game.open_after(next).is_kept()) else {
                return (game, played);
            };
            let choice = game.choice(history.engine(), next).expect("the engine has the same move");
            history.act(choice, None).expect("it can happen");
            played += 1;
        }
    }

    #[test]
    fn ben_or_is_kept_open_as_long_as_one_likes_and_fairly() {
        let (mut game, played) = play(&scenario("ben-or"), |_, played| played == 60);
        assert_eq!((played, game.decided()), (60, 0));
        assert!(game.open().is_kept() && !game.open().exact);
        assert!(game.stages() >= 10, "{} stages", game.stages());
        assert!(game.ledger().oldest_waiting() < 40);
    }

    #[test]
    fn every_level_is_open_when_all_have_started_and_can_be_won() {
        for protocol in ["ben-or", "rotating-coordinator", "paxos"] {
            let mut scenario = scenario(protocol);
            scenario.schedule = ProcessId::all(3).map(|process| Choice::Start(process).into()).collect();
            let (mut game, played) = play(&scenario, |game, played| {
                assert!(game.ledger().oldest_waiting() < 40 && played < 200, "{protocol}: {} stages", game.stages());
                game.stages() >= 10
            });
            assert!(game.stages() >= 10 && game.open().is_kept(), "{protocol}: no way on after {played} moves");
        }
    }

    #[test]
    fn an_exact_graph_says_when_a_value_is_lost() {
        let (mut game, played) = play(&scenario("wait-for-two"), |_, played| played == 60);
        assert!(played < 12, "both ends are not possible for ever");
        assert!(game.open().exact);
        let moves = game.moves();
        assert!(
            game.open().is_kept() && !moves.is_empty() && moves.iter().all(|next| !game.open_after(next).is_kept())
        );
    }

    #[test]
    fn coins_fall_as_the_engine_draws_them_and_no_move_promises_how() {
        let mut ends = std::collections::BTreeSet::new();
        for seed in 0..8 {
            let mut scenario = scenario("ben-or");
            scenario.parameters.insert("coin".into(), Setting("random".into()));
            scenario.seed = seed;
            let mut game = Game::new(&Catalogue::builtin(), &scenario).expect("it can be played");
            let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
            let (mut flipped, mut fell) = (0, Flips::default());
            while flipped < 3 {
                game.follow(&history.facts(0, history.position())).expect("a strict run");
                let moves = game.moves();
                let next = moves.iter().find(|next| game.open_after(next).is_kept()).unwrap_or(&moves[0]);
                let choice = game.choice(history.engine(), next).expect("the engine has the same move");
                history.act(choice, None).expect("it can happen");
                let fact = history.facts(history.position() - 1, history.position()).remove(0);
                assert_eq!(next.flips(), fact.coins.count > 0, "seed {seed}");
                if fact.coins.count > 0 {
                    flipped += 1;
                    fell.push(fact.coins.get(0) == Some(true));
                } else if game.decided() != 0 {
                    break;
                }
            }
            ends.insert(fell);
        }
        assert!(ends.len() > 2, "coins fall in different ways: {ends:?}");
    }

    #[test]
    fn a_run_that_loses_a_message_is_no_game() {
        let scenario = scenario("ben-or");
        let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
        history.act(Choice::Start(0.into()), None).expect("fresh");
        let id = history.engine().flights_by_age()[0].id;
        history.act(Choice::Lose(id), None).expect("on its way");
        let mut game = Game::new(&Catalogue::builtin(), &scenario).expect("it can be played");
        assert!(game.follow(&history.facts(0, 2)).is_err());
    }
}
