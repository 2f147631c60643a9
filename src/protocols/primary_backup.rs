//! A register with a primary and a backup.
//!
//! **Problem.** A value that is still there when the machine that keeps it is gone.
//! **Assumes** that neither server crashes: here nobody takes over. Any client may crash. Reliable links; timing does not
//! matter.
//! **Idea.** All clients ask the primary. It sends each new value to the backup, and answers a write when the backup has it.
//! **Source.** Alsberg and Day, *A principle for resilient sharing of distributed resources*, ICSE 1976; Budhiraja,
//! Marzullo, Schneider and Toueg, *The primary-backup approach*, 1993.
//! **Promises** that operations are linearisable, and that each is answered where its client stays up.
//! **Cost.** Two messages and one round trip for a read, four and two for a write.
//! **What breaks it.** A client that reads from the backup, because that is nearer: it may find an old value although
//! somebody has read the new one. The crash of a server: nothing, or no write, is answered until the other one goes on
//! alone, which needs a failure detector that makes no mistakes.

use crate::catalogue::{
    Argument, Assumption, Consequence, Entry, Exploration, Explorer, Inputs, NeededNetwork, Problem, RequestForm,
    Resilience, Role, Service, Share, Without, names, world,
};
use crate::process::{Invocation, Kind, Local, Message, Out, ProcessId, Protocol, Request, Value};
use crate::property::Property;
use crate::scenario::{Scenario, Workload};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// The role of those that keep a copy.
const SERVER: &str = "server";
/// The role of those that ask.
const CLIENT: &str = "client";

/// A message of a client or a server.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub enum CopyMessage {
    /// “What is the value?”
    Read,
    /// “Let this be the value.”
    Write(Value),
    /// “That is the value”, or “nothing is there”.
    Answer(Option<Value>),
    /// “It is written.”
    Written,
    /// “The value is this”, to the backup, with the number of the write.
    Update(u32, Value),
    /// “I have that.”
    Updated(u32),
}

impl Message for CopyMessage {
    fn kind(&self) -> Kind {
        match self {
            CopyMessage::Read => Kind { label: "RD", name: "read" },
            CopyMessage::Write(_) => Kind { label: "WR", name: "write" },
            CopyMessage::Answer(_) => Kind { label: "AN", name: "answer" },
            CopyMessage::Written => Kind { label: "DO", name: "written" },
            CopyMessage::Update(..) => Kind { label: "UP", name: "update" },
            CopyMessage::Updated(_) => Kind { label: "OK", name: "updated" },
        }
    }
    fn value(&self) -> Option<Value> {
        match self {
            CopyMessage::Write(value) | CopyMessage::Update(_, value) => Some(value.clone()),
            CopyMessage::Answer(value) => value.clone(),
            _ => None,
        }
    }
    fn text(&self) -> String {
        match self {
            CopyMessage::Read => "what is the value?".to_owned(),
            CopyMessage::Write(value) => format!("write “{value}”"),
            CopyMessage::Answer(Some(value)) => format!("it is “{value}”"),
            CopyMessage::Answer(None) => "nothing is there".to_owned(),
            CopyMessage::Written => "it is written".to_owned(),
            CopyMessage::Update(_, value) => format!("the value is “{value}” now"),
            CopyMessage::Updated(_) => "I have that".to_owned(),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            CopyMessage::Answer(Some(_)) => vec![CopyMessage::Answer(None)],
            _ => Vec::new(),
        }
    }
}

/// The state of a server.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct CopyState {
    /// The value; none at the beginning.
    pub value: Option<Value>,
    /// The number of the newest write that it has.
    pub number: u32,
    /// The clients whose writes the backup does not have yet, each with the write's number, oldest first.
    pub waiting: VecDeque<(u32, ProcessId)>,
}

fn servers(local: &Local) -> &[ProcessId] {
    local.roles.processes(SERVER)
}

/// The program of a server: the first one is the primary, the second the backup.
pub struct CopyServer;

impl Protocol for CopyServer {
    type State = CopyState;
    type Message = CopyMessage;

    fn init(&self, _local: &Local) -> CopyState {
        CopyState::default()
    }

    fn on_deliver(
        &self,
        state: &mut CopyState,
        from: ProcessId,
        message: &CopyMessage,
        out: &mut Out<'_, CopyMessage>,
    ) {
        match message {
            CopyMessage::Read => {
                out.send(from, CopyMessage::Answer(state.value.clone()));
                out.because(|| format!("it tells {from} what it has"));
            }
            CopyMessage::Write(_) | CopyMessage::Updated(_) if out.me != servers(out)[0] => {
                out.because(|| "that is for the primary, and it is the backup: it drops this");
            }
            CopyMessage::Update(..) if out.me == servers(out)[0] => {
                out.because(|| "that is for the backup, and it is the primary: it drops this");
            }
            CopyMessage::Write(value) => {
                state.number += 1;
                state.value = Some(value.clone());
                let backup = servers(out)[1];
                out.because(|| format!("it has the new value, and answers {from} when the backup has it too"));
                state.waiting.push_back((state.number, from));
                out.send(backup, CopyMessage::Update(state.number, value.clone()));
            }
            CopyMessage::Update(number, value) => {
                if *number > state.number {
                    state.number = *number;
                    state.value = Some(value.clone());
                }
                out.send(from, CopyMessage::Updated(*number));
                out.because(|| "the backup has it too now, or something newer");
            }
            CopyMessage::Updated(number) => {
                // A backup that has a write has all that came before it.
                if state.waiting.front().is_none_or(|(waiting, _)| waiting > number) {
                    out.because(|| "nobody waits for that any more");
                }
                while let Some((_, client)) = state.waiting.front().copied().filter(|(waiting, _)| waiting <= number) {
                    state.waiting.pop_front();
                    out.send(client, CopyMessage::Written);
                    out.because(|| format!("the backup has it, so {client} gets its answer"));
                }
            }
            CopyMessage::Answer(_) | CopyMessage::Written => out.because(|| "it has asked nobody, and drops this"),
        }
    }

    fn label(&self, local: &Local, state: &CopyState) -> String {
        let who = if servers(local).first() == Some(&local.me) { "primary" } else { "backup" };
        match &state.value {
            Some(value) => format!("{who}: {value}"),
            None => who.to_owned(),
        }
    }
}

/// The program of a client.
pub struct CopyClient {
    /// Planted bug: it reads from the backup.
    mutant_reads_backup: bool,
}

impl Protocol for CopyClient {
    type State = bool;
    type Message = CopyMessage;

    fn init(&self, _local: &Local) -> bool {
        false
    }

    fn on_request(&self, waits: &mut bool, request: Request, out: &mut Out<'_, CopyMessage>) {
        let Request::Invoke(invocation) = request else {
            return out.because(|| format!("it answers users only, and drops {request:?}"));
        };
        let &[primary, backup, ..] = servers(out) else { unreachable!("two servers have the role") };
        let Invocation { name, arguments } = &*invocation;
        match (&**name, &**arguments) {
            ("read", []) => {
                *waits = true;
                // Every second client is nearer to the backup.
                let near = self.mutant_reads_backup && out.me.0 % 2 == 1;
                out.send(if near { backup } else { primary }, CopyMessage::Read);
                out.because(|| if near { "it asks the backup, which is nearer" } else { "it asks the primary" });
            }
            ("write", [value]) => {
                *waits = true;
                out.send(primary, CopyMessage::Write(value.clone()));
                out.because(|| "it tells the primary");
            }
            _ => out.because(|| format!("it does not know the request “{name}”, and drops it")),
        }
    }

    fn on_deliver(&self, waits: &mut bool, _from: ProcessId, message: &CopyMessage, out: &mut Out<'_, CopyMessage>) {
        match message {
            CopyMessage::Answer(value) if *waits => {
                *waits = false;
                out.because(|| "that is the answer");
                out.respond(value.clone());
            }
            CopyMessage::Written if *waits => {
                *waits = false;
                out.because(|| "both copies have it");
                out.respond(None);
            }
            _ => out.because(|| "it waits for no answer, and drops this"),
        }
    }

    fn label(&self, _local: &Local, waits: &bool) -> String {
        if *waits { "client, waits".to_owned() } else { "client".to_owned() }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Primary and backup".into(),
        summary: "Clients ask the primary, which answers a write when the backup has it too.".into(),
        cost: "Two messages and one round trip for a read, four and two for a write.".into(),
        source: "Alsberg and Day 1976; Budhiraja, Marzullo, Schneider and Toueg 1993, The primary-backup approach"
            .into(),
        problem: Problem::Storage,
        provides: vec![Service::Register],
        network: NeededNetwork::Complete,
        roles: vec![
            Role::new(SERVER, Share::Next(2), |_| CopyServer),
            Role::new(CLIENT, Share::Rest, |parameters| CopyClient {
                mutant_reads_backup: parameters.mutant("reads-backup"),
            })
            .taking(vec![
                RequestForm::new("read", Vec::new(), "Returns the value of the register."),
                RequestForm::new("write", vec![Argument::text("value")], "Gives the register this value."),
            ]),
        ],
        assumptions: vec![Assumption::ReliableLinks, Assumption::NoCrash],
        properties: vec![Property::LINEARISABLE, Property::RESPONSE],
        inputs: Inputs::None,
        processes: (3, 32),
        exploration: Exploration::new(Explorer::Strict, 5).asking(&[(2, "write x"), (3, "read"), (4, "read")]),
        mutants: names(["reads-backup"]),
        resilience: Resilience { among: Some(SERVER.into()), ..Resilience::default() },
        everyday: Arc::new(everyday),
        without: without(),
        ..Entry::new("primary-backup", |_| CopyServer)
    }
}

/// Two servers and two clients; each client makes some requests.
fn everyday(scenario: &mut Scenario) {
    scenario.processes = 4;
    scenario.workload = Some(Workload { operations: 4, think_ms: 50, ..Workload::default() });
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::LINEARISABLE), 1, world::tampered),
        Without::new(Assumption::NoCrash, Consequence::Violated(Property::RESPONSE), 1, |scenario| {
            world::at(scenario, 100, world::crash(world::P0))
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn a_write_is_answered_when_both_have_it() {
        let mut bench = on_bench("primary-backup", &[], None, &["", "", "", ""]);
        bench.start_all();
        bench.ask(2, "write x");
        bench.deliver(2, 0);
        assert_eq!((bench.label(0).as_str(), bench.label(1).as_str()), ("primary: x", "backup"));
        bench.deliver_all();
        assert_eq!((bench.label(1).as_str(), bench.responses(2)), ("backup: x", vec![String::new()]));
    }

    #[test]
    fn mutant_reads_backup_finds_an_old_value_after_a_new_one_was_read() {
        let mut bench = on_bench("primary-backup", &[("mutant", "reads-backup")], None, &["", "", "", "", ""]);
        bench.start_all();
        bench.ask(2, "write x");
        bench.deliver(2, 0);
        bench.ask(4, "read");
        bench.deliver(4, 0);
        bench.deliver(0, 4);
        bench.ask(3, "read");
        bench.deliver(3, 1);
        bench.deliver(1, 3);
        assert_eq!((bench.responses(4), bench.responses(3)), (vec!["x".to_owned()], vec![String::new()]));
    }
}
