//! A register that survives the crash of a minority: several copies, and a majority for each step.
//!
//! **Problem.** A value that many clients read and write, as if it were in one place, although servers crash.
//! **Assumes** that more than half of the servers stay up; any client may crash. Reliable links, crash-stop; timing does
//! not matter.
//! **Idea.** Each server keeps the value with the newest stamp that it has heard of. A writer asks a majority for their
//! stamps, takes a greater one, and has a majority store its value. A reader asks a majority, takes the newest value, and
//! has a majority store that too before it returns: two majorities have a server in common, so no later reader can find
//! an older value.
//! **Source.** Attiya, Bar-Noy and Dolev, *Sharing memory robustly in message-passing systems*, JACM 42(1), 1995; for many
//! writers Lynch and Shvartsman, *Robust emulation of shared memory using dynamic quorum-acknowledged broadcasts*, FTCS
//! 1997.
//! **Promises** that operations are linearisable, and that each is answered where its client stays up.
//! **Cost.** 4s messages and two round trips for each operation, with s servers.
//! **What breaks it.** With half of the servers down nothing is answered any more. A server that comes back without its
//! memory may make two majorities miss each other.

use crate::catalogue::{
    Argument, Assumption, Consequence, Entry, Exploration, Explorer, Inputs, Parameters, Problem, RequestForm,
    Resilience, Role, Service, Share, Without, names, world,
};
use crate::engine::Choice;
use crate::process::{Invocation, Kind, Local, Message, Out, ProcessId, Protocol, Request, Value};
use crate::property::Property;
use crate::scenario::{PlannedRequest, Scenario, Workload};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The role of those that ask.
const CLIENT: &str = "client";
/// The role of those that keep a copy.
pub const SERVER: &str = "server";

/// The time of a write: writes are ordered by number, and then by writer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
pub struct WriteStamp {
    /// One more than the greatest that the writer had heard of.
    pub number: u32,
    /// The writer's own number, which tells equal ones apart.
    pub writer: u16,
}

/// A value with its stamp; at the beginning there is no value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
pub struct StampedValue {
    /// When it was written.
    pub stamp: WriteStamp,
    /// The value that was written.
    pub value: Option<Value>,
}

/// A message of a client or a server. Each says which round trip of the client it belongs to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub enum AbdMessage {
    /// “What do you have?”
    Query(u32),
    /// “This.”
    Reply(u32, StampedValue),
    /// “Store this, unless you have something newer.”
    Store(u32, StampedValue),
    /// “I have that, or something newer.”
    Stored(u32),
}

impl Message for AbdMessage {
    fn kind(&self) -> Kind {
        match self {
            AbdMessage::Query(_) => Kind { label: "QU", name: "query" },
            AbdMessage::Reply(..) => Kind { label: "RE", name: "reply" },
            AbdMessage::Store(..) => Kind { label: "ST", name: "store" },
            AbdMessage::Stored(_) => Kind { label: "OK", name: "stored" },
        }
    }
    fn value(&self) -> Option<Value> {
        match self {
            AbdMessage::Reply(_, stamped) | AbdMessage::Store(_, stamped) => stamped.value.clone(),
            _ => None,
        }
    }
    fn text(&self) -> String {
        match self {
            AbdMessage::Query(_) => "what do you have?".to_owned(),
            AbdMessage::Reply(_, stamped) => format!("I have {}", words(stamped)),
            AbdMessage::Store(_, stamped) => format!("store {}", words(stamped)),
            AbdMessage::Stored(_) => "stored".to_owned(),
        }
    }
    fn lies(&self) -> Vec<Self> {
        let older = |stamped: &StampedValue| StampedValue { stamp: WriteStamp::default(), ..stamped.clone() };
        match self {
            AbdMessage::Reply(trip, stamped) if older(stamped) != *stamped => {
                vec![AbdMessage::Reply(*trip, older(stamped))]
            }
            AbdMessage::Store(trip, stamped) if older(stamped) != *stamped => {
                vec![AbdMessage::Store(*trip, older(stamped))]
            }
            _ => Vec::new(),
        }
    }
}

fn words(stamped: &StampedValue) -> String {
    match &stamped.value {
        Some(value) => format!("“{value}” of time {}.{}", stamped.stamp.number, stamped.stamp.writer),
        None => "nothing".to_owned(),
    }
}

/// The work that a client has in hand.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub enum Doing {
    /// Nothing: its user has not asked.
    Nothing,
    /// It asks a majority for their newest value, in order to read or to write this.
    Asking {
        /// The value that it will write; none if it reads.
        write: Option<Value>,
        /// The servers that have replied.
        replied: BTreeSet<ProcessId>,
        /// The newest value so far.
        newest: StampedValue,
    },
    /// It has a majority store this.
    Storing {
        /// The value that is stored, with its stamp.
        stamped: StampedValue,
        /// True if it has read that, and returns it then.
        reads: bool,
        /// The servers that have it.
        stored: BTreeSet<ProcessId>,
    },
}

/// The state of a client.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClientState {
    /// The number of its last round trip.
    pub trip: u32,
    /// The number of its last write, where it is the only writer.
    pub written: u32,
    /// The work that it has in hand.
    pub doing: Doing,
}

/// The program of a client.
pub struct AbdClient {
    /// It is the only one that writes.
    only_writer: bool,
    /// Planted bug: a read returns what it finds, without having it stored.
    mutant_no_write_back: bool,
    /// Planted bug: one server fewer than a majority is enough.
    mutant_small_quorum: bool,
}

impl AbdClient {
    /// A client with these parameters.
    pub fn new(parameters: &Parameters, only_writer: bool) -> Self {
        AbdClient {
            only_writer,
            mutant_no_write_back: parameters.mutant("no-write-back"),
            mutant_small_quorum: parameters.mutant("small-quorum"),
        }
    }

    /// The number of servers that are enough.
    fn quorum(&self, local: &Local) -> usize {
        servers(local).len() / 2 + usize::from(!self.mutant_small_quorum)
    }

    fn ask(&self, state: &mut ClientState, write: Option<Value>, out: &mut Out<'_, AbdMessage>) {
        state.trip += 1;
        let trip = state.trip;
        out.because(|| match &write {
            Some(value) => format!("before it writes “{value}” it asks the servers for the newest time"),
            None => "it asks the servers for their newest value".to_owned(),
        });
        state.doing = Doing::Asking { write, replied: BTreeSet::new(), newest: StampedValue::default() };
        send(AbdMessage::Query(trip), out);
    }

    fn store(&self, state: &mut ClientState, stamped: StampedValue, reads: bool, out: &mut Out<'_, AbdMessage>) {
        state.trip += 1;
        let trip = state.trip;
        state.doing = Doing::Storing { stamped: stamped.clone(), reads, stored: BTreeSet::new() };
        send(AbdMessage::Store(trip, stamped), out);
    }

    fn answer(&self, state: &mut ClientState, value: Option<Value>, out: &mut Out<'_, AbdMessage>) {
        state.doing = Doing::Nothing;
        out.respond(value);
    }
}

fn servers(local: &Local) -> &[ProcessId] {
    local.roles.processes(SERVER)
}

fn send(message: AbdMessage, out: &mut Out<'_, AbdMessage>) {
    for server in servers(out).to_vec() {
        out.send(server, message.clone());
    }
}

impl Protocol for AbdClient {
    type State = ClientState;
    type Message = AbdMessage;

    fn init(&self, _local: &Local) -> ClientState {
        ClientState { trip: 0, written: 0, doing: Doing::Nothing }
    }

    fn on_request(&self, state: &mut ClientState, request: Request, out: &mut Out<'_, AbdMessage>) {
        let Request::Invoke(invocation) = request else {
            return out.because(|| format!("it answers users only, and drops {request:?}"));
        };
        let Invocation { name, arguments } = &*invocation;
        match (&**name, &**arguments) {
            ("write", [value]) if self.only_writer => {
                state.written += 1;
                let stamp = WriteStamp { number: state.written, writer: out.me.0 };
                out.because(
                    || "it is the only writer, so it knows the newest time, and has the servers store the next",
                );
                self.store(state, StampedValue { stamp, value: Some(value.clone()) }, false, out);
            }
            ("write", [value]) => self.ask(state, Some(value.clone()), out),
            ("read", []) => self.ask(state, None, out),
            _ => out.because(|| format!("it does not know the request “{name}”, and drops it")),
        }
    }

    fn on_deliver(
        &self,
        state: &mut ClientState,
        from: ProcessId,
        message: &AbdMessage,
        out: &mut Out<'_, AbdMessage>,
    ) {
        let quorum = self.quorum(out);
        match (message, &mut state.doing) {
            (AbdMessage::Reply(trip, stamped), Doing::Asking { write, replied, newest }) if *trip == state.trip => {
                replied.insert(from);
                *newest = newest.clone().max(stamped.clone());
                if replied.len() < quorum {
                    let count = replied.len();
                    return out.because(|| format!("{count} of {quorum} replies that it needs are here"));
                }
                let newest = newest.clone();
                match write.clone() {
                    Some(value) => {
                        let stamp = WriteStamp { number: newest.stamp.number + 1, writer: out.me.0 };
                        out.because(|| format!("a majority knows of nothing newer than {}", words(&newest)));
                        self.store(state, StampedValue { stamp, value: Some(value) }, false, out);
                    }
                    None if self.mutant_no_write_back => {
                        out.because(|| format!("the newest of a majority is {}", words(&newest)));
                        self.answer(state, newest.value, out);
                    }
                    None => {
                        out.because(|| {
                            format!(
                                "the newest of a majority is {}: it has a majority store that before it returns it",
                                words(&newest)
                            )
                        });
                        self.store(state, newest, true, out);
                    }
                }
            }
            (AbdMessage::Stored(trip), Doing::Storing { stamped, reads, stored }) if *trip == state.trip => {
                stored.insert(from);
                if stored.len() < quorum {
                    let count = stored.len();
                    return out.because(|| format!("{count} of {quorum} servers that it needs have stored it"));
                }
                let value = stamped.value.clone().filter(|_| *reads);
                out.because(|| "a majority has stored it, so nobody can miss it any more");
                self.answer(state, value, out);
            }
            _ => out.because(|| "it has enough answers without this one"),
        }
    }

    fn label(&self, _local: &Local, state: &ClientState) -> String {
        match &state.doing {
            Doing::Nothing => "client".to_owned(),
            Doing::Asking { write: Some(value), .. } => format!("writes {value}: asks"),
            Doing::Asking { write: None, .. } => "reads: asks".to_owned(),
            Doing::Storing { reads: true, .. } => "reads: stores".to_owned(),
            Doing::Storing { stamped, .. } => {
                format!("writes {}", stamped.value.as_ref().map_or_else(String::new, Value::to_string))
            }
        }
    }
}

/// The program of a server.
pub struct AbdServer;

impl Protocol for AbdServer {
    type State = StampedValue;
    type Message = AbdMessage;

    fn init(&self, _local: &Local) -> StampedValue {
        StampedValue::default()
    }

    fn on_deliver(
        &self,
        state: &mut StampedValue,
        from: ProcessId,
        message: &AbdMessage,
        out: &mut Out<'_, AbdMessage>,
    ) {
        match message {
            AbdMessage::Query(trip) => {
                out.send(from, AbdMessage::Reply(*trip, state.clone()));
                out.because(|| format!("it tells {from} what it has"));
            }
            AbdMessage::Store(trip, stamped) => {
                if stamped.stamp > state.stamp {
                    *state = stamped.clone();
                    out.because(|| "that is newer than what it has, so it stores it");
                } else {
                    out.because(|| "what it has is as new or newer, so it keeps that");
                }
                out.send(from, AbdMessage::Stored(*trip));
            }
            AbdMessage::Reply(..) | AbdMessage::Stored(_) => out.because(|| "it has asked nobody, and drops this"),
        }
    }

    fn label(&self, _local: &Local, state: &StampedValue) -> String {
        match &state.value {
            Some(value) => format!("has {value}"),
            None => "empty".to_owned(),
        }
    }
}

/// The request to read.
pub fn reading() -> RequestForm {
    RequestForm::new("read", Vec::new(), "Returns the value of the register.")
}

/// The request to write.
pub fn writing() -> RequestForm {
    RequestForm::new("write", vec![Argument::text("value")], "Gives the register this value.")
}

/// The part of the entry that the registers of one and of many writers have in common.
pub fn common(name: &'static str, roles: Vec<Role>) -> Entry {
    Entry {
        problem: Problem::Storage,
        provides: vec![Service::Register],
        roles,
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop, Assumption::MajorityUp],
        properties: vec![Property::LINEARISABLE, Property::RESPONSE],
        inputs: Inputs::None,
        processes: (3, 32),
        exploration: Exploration::new(Explorer::Strict, 4).asking(&[(0, "write x"), (1, "read")]),
        mutants: names(["no-write-back", "small-quorum"]),
        resilience: Resilience { among: Some(SERVER.into()), ..Resilience::default() },
        everyday: Arc::new(everyday),
        without: without(),
        ..Entry::new(name, |_| AbdServer)
    }
}

/// Two clients and three servers; each client makes some requests.
fn everyday(scenario: &mut Scenario) {
    scenario.processes = 5;
    scenario.workload = Some(Workload { operations: 4, think_ms: 50, ..Workload::default() });
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Replicated register".into(),
        summary: "Clients read and write through majorities of servers, as if there were one copy.".into(),
        cost: "4s messages and two round trips for each operation, with s servers.".into(),
        source: "Attiya, Bar-Noy and Dolev, JACM 1995; for many writers Lynch and Shvartsman, FTCS 1997".into(),
        ..common(
            "abd-register",
            vec![
                Role::new(CLIENT, Share::Next(2), |parameters| AbdClient::new(parameters, false))
                    .taking(vec![reading(), writing()]),
                Role::new(SERVER, Share::Rest, |_| AbdServer),
            ],
        )
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    let server = |number: u16| ProcessId(2 + number);
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::RESPONSE), 1, world::lossy),
        // The one server that both have in common forgets what it has stored.
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::LINEARISABLE), 1, move |scenario| {
            world::at(scenario, 600, world::crash(server(0)));
            world::at(scenario, 601, Choice::Recover(server(0)));
        })
        .on(move |scenario| {
            scenario.workload = None;
            let request = |at_ms, process, words: &[&str]| PlannedRequest {
                at_ms: Some(at_ms),
                process,
                request: Invocation::of(words),
            };
            scenario.requests = vec![request(100, world::P0, &["write", "x"]), request(1_000, world::P1, &["read"])];
            // The writer does not reach one server in time, and the reader another one.
            for (client, server) in [(world::P0, server(2)), (world::P1, server(1))] {
                world::at(scenario, 0, Choice::Cut { from: client, to: server });
                world::at(scenario, 5_000, Choice::Mend { from: client, to: server });
            }
        }),
        Without::new(Assumption::MajorityUp, Consequence::Violated(Property::RESPONSE), 1, move |scenario| {
            world::at(scenario, 100, world::crash(server(0)));
            world::at(scenario, 100, world::crash(server(1)));
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn a_read_returns_what_was_written_although_a_server_is_down() {
        let mut bench = on_bench("abd-register", &[], None, &["", "", "", "", ""]);
        bench.start_all();
        bench.crash(4);
        bench.ask(0, "write x");
        bench.deliver_all();
        bench.ask(1, "read");
        bench.deliver_all();
        assert_eq!((bench.responses(0), bench.responses(1)), (vec![String::new()], vec!["x".to_owned()]));
    }

    #[test]
    fn with_two_of_three_servers_down_nothing_is_answered() {
        let mut bench = on_bench("abd-register", &[], None, &["", "", "", "", ""]);
        bench.start_all();
        bench.crash(3);
        bench.crash(4);
        bench.ask(0, "write x");
        bench.deliver_all();
        assert!(bench.responses(0).is_empty());
    }

    #[test]
    fn mutant_no_write_back_reads_the_new_value_and_then_the_old_one() {
        let mut bench = on_bench("abd-register", &[("mutant", "no-write-back")], None, &["", "", "", "", ""]);
        bench.start_all();
        bench.ask(0, "write x");
        for server in [2, 3] {
            bench.deliver(0, server);
            bench.deliver(server, 0);
        }
        // The new value has reached one server only.
        bench.deliver(0, 2);
        for (first, second, read) in [(2, 3, "x"), (3, 4, "")] {
            bench.ask(1, "read");
            for server in [first, second] {
                while bench.flying(1, server) > 0 {
                    bench.deliver(1, server);
                }
                while bench.flying(server, 1) > 0 {
                    bench.deliver(server, 1);
                }
            }
            assert_eq!(bench.responses(1).last().map(String::as_str), Some(read));
        }
    }
}
