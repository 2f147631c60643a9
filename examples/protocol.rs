//! Leader election on a ring (Chang and Roberts, CACM 22(5), 1979): a protocol of one's own with properties of its own,
//! in a catalogue, run from a scenario, drawn, swept over seeds and explored. `cargo run --example protocol`

use bivalent::catalogue::{Assumption, Catalogue, Entry, MUTANT, NeededNetwork, names};
use bivalent::explorer::exhaustive::explore_protocol;
use bivalent::export::{About, svg, text};
use bivalent::process::{Kind, Local, Message, Out, ProcessId, Protocol};
use bivalent::property::{OwnProperty, StateView};
use bivalent::scene::Diagram;
use bivalent::sweep::{Design, Sweep};

/// The name of a candidate, on its way around the ring.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
struct Candidate(ProcessId);

impl Message for Candidate {
    fn kind(&self) -> Kind {
        Kind { label: "CA", name: "candidate" }
    }
    fn text(&self) -> String {
        format!("{} wants to lead", self.0)
    }
}

/// Each process sends its name around and passes on greater names only: the name that comes home is the greatest.
struct ChangRoberts {
    mutant_polite: bool, // Planted bug: it passes on every name.
}

impl Protocol for ChangRoberts {
    type State = bool; // Whether the process leads.
    type Message = Candidate;
    fn init(&self, _: &Local) -> bool {
        false
    }
    fn on_start(&self, _: &mut bool, out: &mut Out<'_, Candidate>) {
        out.send(next(out), Candidate(out.me));
    }
    fn on_deliver(&self, leads: &mut bool, _: ProcessId, candidate: &Candidate, out: &mut Out<'_, Candidate>) {
        if candidate.0 == out.me {
            *leads = true;
            out.because(|| "its own name has come home, so no name is greater");
        } else if candidate.0 > out.me || self.mutant_polite {
            out.send(next(out), candidate.clone());
        }
    }
}

fn next(local: &Local) -> ProcessId {
    ProcessId::from((local.me.index() + 1) % local.n)
}

fn one_leader(system: &dyn StateView) -> Option<String> {
    let leaders = system.states::<bool>().filter(|(_, leads)| **leads).count();
    (leaders > 1).then(|| format!("{leaders} processes lead"))
}

/// Runs, draws, sweeps and explores it.
pub fn main() -> Result<(), String> {
    let mut catalogue = Catalogue::builtin();
    catalogue.add(Entry {
        network: NeededNetwork::Connected,
        assumptions: vec![Assumption::ReliableLinks, Assumption::NoCrash],
        own: vec![OwnProperty::invariant("one-leader", "At most one process leads.", one_leader)],
        mutants: names(["polite"]),
        ..Entry::new("chang-roberts", |given| ChangRoberts { mutant_polite: given.mutant("polite") })
    })?;
    let ring = r#"{"version": 2, "name": "ring", "protocol": "chang-roberts", "processes": 5, "topology": "ring"}"#;
    let scenario = catalogue.read(ring)?;
    let mut history = scenario.start(&catalogue)?;
    history.run(1_000);
    let facts = history.facts(0, history.position());
    println!("{}{}", text(&scenario, &facts), history.judgements()[0]);
    println!("{}", svg(&Diagram::whole(&history, &facts), About::default()));
    let rate = Sweep::new(&catalogue, &scenario, Design::of(0..100))?.run().cells[0].violated[0];
    println!("violated in {} of {} runs", rate.hits, rate.of);
    println!("{}", explore_protocol(&catalogue, "chang-roberts", &[])?.findings[0]);
    println!("{}", explore_protocol(&catalogue, "chang-roberts", &[(MUTANT, "polite")])?.findings[0]);
    Ok(())
}
