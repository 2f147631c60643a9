//! The protocols, one file each, and their one line in the catalogue.

use crate::catalogue::{Catalogue, Domain, Inputs, Parameter};
use crate::process::{Kind, Local, Message, Payload, ProcessId, Request, UserMessage, Value};
use serde::{Serialize, Serializer};
use std::fmt::{self, Display};

pub mod abd_register;
pub mod abd_register_one_writer;
pub mod all_ack_broadcast;
pub mod authenticated_link;
pub mod ben_or;
pub mod berkeley;
pub mod best_effort_broadcast;
pub mod bracha_broadcast;
pub mod causal_broadcast;
pub mod commit_2pc;
pub mod commit_3pc;
pub mod consensus_broadcast;
pub mod conversation;
pub mod cristian;
pub mod echo;
pub mod echo_broadcast;
pub mod eventual_leader;
pub mod fifo_broadcast;
pub mod fifo_link;
pub mod flood_set;
pub mod flooding;
pub mod generals;
pub mod gossip;
pub mod heartbeat;
pub mod hierarchical_consensus;
pub mod increasing_timeout;
pub mod lazy_reliable_broadcast;
pub mod majority_ack_broadcast;
pub mod majority_vote;
pub mod naive_transfer;
pub mod paxos;
pub mod perfect_link;
pub mod phase_king;
pub mod plain_messages;
pub mod primary_backup;
pub mod relay;
pub mod reliable_broadcast;
pub mod rotating_coordinator;
pub mod sequencer_broadcast;
pub mod snapshot;
pub mod stubborn_link;
pub mod talk;
pub mod turns;
pub mod two_phase_commit;
pub mod wait_for_all;
pub mod wait_for_two;

impl Catalogue {
    /// The protocols of this crate: a line for each, in the order in which to meet them.
    pub fn builtin() -> Catalogue {
        let mut catalogue = Catalogue::new();
        for entry in [
            flooding::entry(),
            plain_messages::entry(),
            stubborn_link::entry(),
            perfect_link::entry(),
            fifo_link::entry(),
            authenticated_link::entry(),
            best_effort_broadcast::entry(),
            reliable_broadcast::entry(),
            lazy_reliable_broadcast::entry(),
            all_ack_broadcast::entry(),
            majority_ack_broadcast::entry(),
            fifo_broadcast::entry(),
            causal_broadcast::entry(),
            conversation::entry(),
            sequencer_broadcast::entry(),
            consensus_broadcast::entry(),
            gossip::entry(),
            naive_transfer::entry(),
            two_phase_commit::entry(),
            majority_vote::entry(),
            primary_backup::entry(),
            abd_register_one_writer::entry(),
            abd_register::entry(),
            heartbeat::entry(),
            increasing_timeout::entry(),
            eventual_leader::entry(),
            cristian::entry(),
            berkeley::entry(),
            snapshot::entry(),
            flood_set::entry(),
            hierarchical_consensus::entry(),
            echo_broadcast::entry(),
            bracha_broadcast::entry(),
            generals::entry(),
            phase_king::entry(),
            wait_for_all::entry(),
            wait_for_two::entry(),
            commit_2pc::entry(),
            commit_3pc::entry(),
            ben_or::entry(),
            rotating_coordinator::entry(),
            paxos::entry(),
        ] {
            catalogue.add(entry).expect("names differ, and defaults are in their domains");
        }
        catalogue
    }
}

/// The words of a process's input, in order: none where it has no input.
pub fn words(local: &Local) -> Vec<Value> {
    let text = local.input.as_ref().map(Value::to_string).unwrap_or_default();
    text.split_whitespace().map(Value::from).collect()
}

/// The inputs of a link on top of the stack; [`words_to_peers`] reads them.
pub fn words_to_send() -> Inputs {
    Inputs::Words("the words that this process sends to every peer when it starts, separated by spaces".into())
}

/// The inputs of a broadcast on top of the stack; [`words`] reads them.
pub fn words_to_broadcast() -> Inputs {
    Inputs::Words("the words that this process broadcasts when it starts, separated by spaces".into())
}

/// The parameter of a protocol in rounds that a local timer ends.
pub fn round_ms() -> Parameter {
    let meaning = "The length of a round, in milliseconds of the local clock.";
    Parameter::new("round-ms", Domain::Integer(1, 60_000), "110", meaning)
}

/// A vote: a value, or none (⊥).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Vote(pub Option<bool>);

impl Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(false) => "0",
            Some(true) => "1",
            None => "⊥",
        })
    }
}

/// A word for people, a byte or two for machines.
impl Serialize for Vote {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

/// The messages that a link sends without a layer above: each word of the input to every peer.
pub fn words_to_peers(local: &Local) -> Vec<(ProcessId, Payload)> {
    let messages = words(local).into_iter().map(|word| Payload::new(UserMessage(word)));
    messages.flat_map(|message| local.peers.iter().map(move |to| (*to, message.clone()))).collect()
}

/// The recipient and payload of a request to a layer that only sends.
pub fn sent(request: Request) -> (ProcessId, Payload) {
    match request {
        Request::Send { to, payload } => (to, payload),
        other => unreachable!("this layer only sends, and {other:?} is routed to others"),
    }
}

/// The payload of a request to a layer that only broadcasts.
pub fn broadcast(request: Request) -> Payload {
    match request {
        Request::Broadcast(payload) => payload,
        other => unreachable!("this layer only broadcasts, and {other:?} is routed to others"),
    }
}

/// The process's input where inputs are bits.
pub fn bit(local: &Local) -> bool {
    local.input.as_ref().and_then(Value::bit).expect("the catalogue checks that inputs are bits")
}

/// A message of a layer that adds nothing to what it carries.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Envelope(pub Payload);

impl Message for Envelope {
    fn kind(&self) -> Kind {
        self.0.kind()
    }
    fn value(&self) -> Option<Value> {
        self.0.value()
    }
    fn text(&self) -> String {
        self.0.text()
    }
    fn lies(&self) -> Vec<Self> {
        self.0.lies().into_iter().map(Envelope).collect()
    }
    fn written_by(&self, writer: ProcessId) -> Option<Self> {
        self.0.written_by(writer).map(Envelope)
    }
}

/// A set of numbers that come about in order: 0, 1, 2, … It is small where there are no gaps.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct IntervalSet {
    /// All numbers below this one are in the set, and it is not.
    below: u32,
    /// The numbers above that are in the set, in order.
    above: Vec<u32>,
}

impl IntervalSet {
    /// True if `number` is in the set.
    pub fn contains(&self, number: u32) -> bool {
        number < self.below || self.above.binary_search(&number).is_ok()
    }

    /// Adds `number`; false if it was there before, which costs no allocation.
    pub fn insert(&mut self, number: u32) -> bool {
        if number < self.below {
            return false;
        }
        let Err(place) = self.above.binary_search(&number) else {
            return false;
        };
        if number > self.below {
            self.above.insert(place, number);
            return true;
        }
        self.below += 1;
        let next = (self.below..).zip(&self.above).take_while(|(next, number)| next == *number).count();
        self.above.drain(..next);
        self.below += u32::try_from(next).expect("there are no more numbers than 32 bits count");
        true
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::scenario::ModuleLine;
    use crate::testing::TestBench;

    /// The bench of a protocol of this crate with these parameters, on its usual layers unless `under` names others.
    pub(crate) fn on_bench(
        name: &str,
        parameters: &[(&str, &str)],
        under: Option<&[&str]>,
        inputs: &[&str],
    ) -> TestBench {
        let under = under.map(|names| ModuleLine::stack(names.iter().map(|name| (*name).to_owned())));
        let instance = Catalogue::builtin().instance(name, parameters.iter().copied(), under.as_deref());
        TestBench::new(&instance.expect("the test's protocol, parameters and layers fit"), inputs)
    }

    #[test]
    fn equal_sets_are_equal_in_whatever_order_they_came_about() {
        let mut seen = IntervalSet::default();
        assert!(seen.insert(3) && seen.insert(1) && seen.insert(0));
        assert_eq!(seen, IntervalSet { below: 2, above: vec![3] });
        assert!(!seen.insert(1) && !seen.insert(3) && !seen.contains(2));
        assert!(seen.insert(2));
        assert_eq!(seen, IntervalSet { below: 4, above: vec![] });
    }

    #[test]
    fn words_are_separated_by_spaces_and_digits_are_bits() {
        let mut local = Local::complete(0.into(), 2, Some("£50  1 no".into()));
        assert_eq!(words(&local), ["£50".into(), Value::Bit(true), "no".into()]);
        local.input = None;
        assert!(words(&local).is_empty());
    }
}
