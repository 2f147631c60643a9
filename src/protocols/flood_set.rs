//! Consensus in rounds, when time keeps its promises.
//!
//! **Problem.** Uniform consensus on a bit although up to f processes crash, where f is the parameter `faults`.
//! **Assumes** synchrony: what is sent in a round arrives before the round ends, so `round-ms` is at least the bound
//! on delivery plus that on processing. Reliable links, crash-stop, at most f crashes.
//! **Idea.** Everybody keeps the set W of inputs that it knows of, and sends all of W to everybody in each of f+1
//! rounds. Among f+1 rounds there is one in which nobody crashes; after it all have the same W, and nothing changes
//! that any more. So all decide by the same rule: the only value in W, or else the default.
//! **Source.** Lynch 1996, section 6.2.1, FloodSet. The default there is any fixed input v0; here it is 0, so that one
//! decides the least of W. A round is a timer on the local clock, at every `round-ms`.
//! **Promises** agreement, validity, termination, integrity.
//! **Cost.** n(n-1)(f+1) messages and f+1 rounds, whether anybody crashes or not.
//! **What breaks it.** A message that is later than its round: two processes may end with different sets. Too few
//! rounds, or more than f crashes: a value may travel by a chain of crashing processes to one process only.

use super::bit;
use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, Inputs, Parameter, Parameters, Problem, Resilience,
    Timeout, Without, names, world,
};
use crate::engine::Choice;
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The end of a round.
pub const ROUND: Timer = Timer::new("round");

/// "In this round I know these inputs."
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Values {
    /// The round in which it was sent; the first is 1.
    pub round: u64,
    /// The set W of the sender.
    pub values: BTreeSet<bool>,
}

impl Message for Values {
    fn kind(&self) -> Kind {
        Kind { label: "W", name: "values" }
    }
    fn value(&self) -> Option<Value> {
        only(&self.values).map(Value::from)
    }
    fn text(&self) -> String {
        format!("round {}: I know {}", self.round, list(&self.values))
    }
    fn lies(&self) -> Vec<Self> {
        let sets = [BTreeSet::from_iter([false]), BTreeSet::from_iter([true]), BTreeSet::from_iter([false, true])];
        let others = sets.into_iter().filter(|values| *values != self.values);
        others.map(|values| Values { values, round: self.round }).collect()
    }
}

/// The only bit in `values`, if there is just one.
fn only(values: &BTreeSet<bool>) -> Option<bool> {
    if values.len() == 1 { values.first().copied() } else { None }
}

/// The bits of `values` in words.
fn list(values: &BTreeSet<bool>) -> &'static str {
    match only(values) {
        Some(false) => "only 0",
        Some(true) => "only 1",
        None => "0 and 1",
    }
}

/// The state of a process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloodSetState {
    /// The round it is in: 0 before its start, 1 in the first.
    pub round: u64,
    /// The set W: the inputs that it knows of, its own included.
    pub values: BTreeSet<bool>,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The protocol.
pub struct FloodSet {
    /// The number of rounds that it runs.
    rounds: u64,
    /// The length of a round, in microseconds.
    round_us: u64,
    /// Planted bug: sends its own input in each round, and not what it has heard.
    mutant_no_relay: bool,
}

impl FloodSet {
    fn begin_round(&self, state: &mut FloodSetState, out: &mut Out<'_, Values>) {
        state.round += 1;
        let values = if self.mutant_no_relay {
            let own = bit(out);
            BTreeSet::from_iter([own])
        } else {
            state.values.clone()
        };
        out.send_to_peers(Values { round: state.round, values });
        out.set_timer(ROUND, self.round_us);
    }
}

impl Protocol for FloodSet {
    type State = FloodSetState;
    type Message = Values;

    fn init(&self, local: &Local) -> FloodSetState {
        let own = bit(local);
        FloodSetState { round: 0, values: BTreeSet::from_iter([own]), decided: None }
    }

    fn on_start(&self, state: &mut FloodSetState, out: &mut Out<'_, Values>) {
        self.begin_round(state, out);
        let rounds = self.rounds;
        out.because(|| format!("round 1 of {rounds} begins: it tells everybody its input"));
    }

    fn on_deliver(&self, state: &mut FloodSetState, from: ProcessId, message: &Values, out: &mut Out<'_, Values>) {
        let (now, then) = (state.round, message.round);
        if state.decided.is_some() {
            out.because(|| format!("it has decided, so what {from} said in round {then} comes too late"));
            return;
        }
        let early = match then.cmp(&now) {
            Ordering::Less => {
                out.because(|| format!("{from} said this in round {then}, which is over, so it ignores it"));
                return;
            }
            Ordering::Equal => "",
            Ordering::Greater => ", in a round that its own clock has not reached",
        };
        let before = state.values.len();
        state.values.extend(message.values.iter().copied());
        let (news, known) = (state.values.len() > before, list(&state.values));
        out.because(|| match news {
            true => format!("{from} knows something new{early}: now it knows {known}"),
            false => format!("{from} tells it nothing new{early}: it still knows {known}"),
        });
    }

    fn on_timeout(&self, state: &mut FloodSetState, timer: Timer, out: &mut Out<'_, Values>) {
        debug_assert_eq!(timer, ROUND, "the only timer of this layer");
        let (ended, rounds) = (state.round, self.rounds);
        if ended < rounds {
            self.begin_round(state, out);
            let known = list(&state.values);
            out.because(|| format!("round {ended} of {rounds} is over: it tells everybody that it knows {known}"));
            return;
        }
        let value = only(&state.values).unwrap_or(false);
        state.decided = Some(value);
        out.decide(value);
        out.because(|| match only(&state.values) {
            Some(_) => format!("the last round is over and all it ever heard of is {}", u8::from(value)),
            None => "the last round is over and it knows 0 and 1; then the rule says 0".to_owned(),
        });
    }

    fn label(&self, _local: &Local, state: &FloodSetState) -> String {
        if state.decided.is_some() || state.round == 0 {
            String::new()
        } else {
            format!("round {}/{}", state.round, self.rounds)
        }
    }
}

/// The number of crashes that it bears: it needs a round more than there are crashes. It may be told to run fewer
/// rounds; 0 stands for enough.
fn crashes_borne(parameters: &Parameters) -> usize {
    let rounds = parameters.integer("rounds").checked_sub(1).unwrap_or(u64::MAX);
    usize::try_from(parameters.integer("faults").min(rounds)).expect("at most 8")
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "FloodSet".into(),
        summary: "Everybody sends all it knows in each of f+1 rounds, and then all know the same.".into(),
        cost: "n(n-1)(f+1) messages and f+1 rounds, whether anybody crashes or not.".into(),
        source: "Lynch 1996, section 6.2.1 (FloodSet)".into(),
        problem: Problem::Consensus,
        assumptions: vec![
            Assumption::Synchrony,
            Assumption::ReliableLinks,
            Assumption::CrashStop,
            Assumption::FewCrashes,
        ],
        properties: vec![Property::AGREEMENT, Property::VALIDITY, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![
            Parameter::new("faults", Domain::Integer(0, 8), "1", "The number of processes that may crash: f."),
            Parameter::new(
                "rounds",
                Domain::Integer(0, 16),
                "0",
                "The number of rounds; 0 stands for one more than “faults”, the fewest that are safe.",
            ),
            super::round_ms(),
        ],
        inputs: Inputs::Bits,
        exploration: Exploration::new(Explorer::Synchronous { faults: 1 }, 3),
        mutants: names(["no-relay"]),
        timeout: Some(Timeout { parameter: "round-ms".into(), exchanges: 1 }),
        resilience: Resilience {
            crashes: Arc::new(|_, parameters| crashes_borne(parameters)),
            ..Resilience::default()
        },
        without: without(),
        ..Entry::new("flood-set", |parameters| {
            let rounds = match parameters.integer("rounds") {
                0 => parameters.integer("faults") + 1,
                rounds => rounds,
            };
            FloodSet {
                rounds,
                round_us: parameters.integer("round-ms") * 1_000,
                mutant_no_relay: parameters.mutant("no-relay"),
            }
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::AGREEMENT), 1, world::lossy),
        Without::new(Assumption::Synchrony, Consequence::Violated(Property::AGREEMENT), 5, world::asynchronous),
        Without::new(Assumption::FewCrashes, Consequence::Violated(Property::AGREEMENT), 1, |scenario| {
            world::at(scenario, 100, Choice::CrashSending { process: world::P1, after_sends: 2 })
        })
        .on(|scenario| {
            scenario.processes = 4;
            scenario.inputs.push(Some(Value::Bit(true)));
            world::at(scenario, 0, Choice::CrashSending { process: world::P0, after_sends: 1 });
        }),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::AGREEMENT), 1, |scenario| {
            world::at(scenario, 5, world::crash(world::P1));
            world::at(scenario, 500, Choice::Recover(world::P1));
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// Ends a round for everybody who is up, after all its messages.
    fn round(bench: &mut TestBench, up: &[usize]) {
        bench.deliver_all();
        up.iter().for_each(|p| bench.fire(*p, "round"));
    }

    #[test]
    fn three_processes_and_one_fault_take_12_messages_and_2_rounds() {
        let mut bench = on_bench("flood-set", &[], None, &["0", "1", "1"]);
        bench.start_all();
        assert_eq!((bench.sent, bench.timer(0, "round"), bench.label(0)), (6, Some(110_000), "round 1/2".to_owned()));
        round(&mut bench, &[0, 1, 2]);
        assert_eq!(bench.sent, 12);
        assert!(bench.decisions(0).is_empty());
        round(&mut bench, &[0, 1, 2]);
        (0..3).for_each(|p| assert_eq!(bench.decisions(p), ["0"]));
        assert_eq!((bench.sent, bench.timer(0, "round")), (12, None));
    }

    #[test]
    fn n_processes_and_f_faults_take_n_times_n_minus_1_times_f_plus_1_messages() {
        for (faults, text) in [(0, "0"), (2, "2"), (3, "3")] {
            let mut bench = on_bench("flood-set", &[("faults", text)], None, &["1"; 5]);
            bench.start_all();
            (0..=faults).for_each(|_| round(&mut bench, &[0, 1, 2, 3, 4]));
            assert_eq!(bench.sent, 5 * 4 * (faults + 1));
            (0..5).for_each(|p| assert_eq!(bench.decisions(p), ["1"]));
        }
    }

    /// p0, which alone has 0, crashes in round 1 when it has told p1 only.
    fn half_the_room(parameters: &[(&str, &str)], rounds: usize) -> Vec<Vec<String>> {
        let mut bench = on_bench("flood-set", parameters, None, &["0", "1", "1"]);
        bench.crash_after(1);
        bench.start(0);
        bench.start(1);
        bench.start(2);
        (0..rounds).for_each(|_| round(&mut bench, &[1, 2]));
        vec![bench.decisions(1), bench.decisions(2)]
    }

    #[test]
    fn one_round_more_than_faults_mends_what_a_crash_tore() {
        assert_eq!(half_the_room(&[], 2), [["0"], ["0"]]);
        assert_eq!(half_the_room(&[("rounds", "1")], 1), [["0"], ["1"]], "one round is too few");
    }

    #[test]
    fn a_late_message_is_ignored_and_the_reason_says_so() {
        let mut bench = on_bench("flood-set", &[], None, &["0", "1"]);
        bench.start_all();
        bench.fire(1, "round");
        bench.deliver(0, 1);
        assert_eq!(bench.reason(1), "p0 said this in round 1, which is over, so it ignores it");
        bench.fire(1, "round");
        assert_eq!(bench.decisions(1), ["1"]);
        bench.fire(0, "round");
        bench.deliver(0, 1);
        assert_eq!(bench.reason(1), "it has decided, so what p0 said in round 2 comes too late");
    }

    #[test]
    fn mutant_no_relay_lets_a_crash_split_the_rest() {
        assert_eq!(half_the_room(&[("mutant", "no-relay")], 2), [["0"], ["1"]]);
    }
}
