//! Bivalent: a laboratory of distributed systems. A protocol is a deterministic state machine, written once. The library
//! runs it under models of failures, links and time, explores every schedule of it, judges both by properties, and draws
//! what happened. A run depends on its scenario alone, so it can be had again, bit by bit.
//!
//! Here is a protocol of one's own: p0 tells the others its bit, and all decide it.
//!
//! ```
//! use bivalent::catalogue::{Assumption, Catalogue, Entry, Inputs, world};
//! use bivalent::explorer::exhaustive::{Finding, explore_protocol};
//! use bivalent::export::text;
//! use bivalent::process::{Local, Out, ProcessId, Protocol, UserMessage};
//! use bivalent::property::{Property, Verdict};
//! use bivalent::scenario::Scenario;
//!
//! struct Dictator;
//!
//! impl Protocol for Dictator {
//!     type State = (); // It has nothing to remember.
//!     type Message = UserMessage;
//!     fn init(&self, _: &Local) {}
//!     fn on_start(&self, _: &mut (), out: &mut Out<'_, UserMessage>) {
//!         if let Some(bit) = out.input.clone() {
//!             out.send_to_peers(UserMessage(bit.clone()));
//!             out.decide(bit);
//!         }
//!     }
//!     fn on_deliver(&self, _: &mut (), _: ProcessId, message: &UserMessage, out: &mut Out<'_, UserMessage>) {
//!         out.decide(message.0.clone());
//!         out.because(|| "p0 has said so");
//!     }
//! }
//!
//! // The catalogue learns what others must know of it.
//! let mut catalogue = Catalogue::builtin();
//! let mut entry = Entry::new("dictator", |_| Dictator);
//! entry.assumptions = vec![Assumption::ReliableLinks, Assumption::NoCrash];
//! entry.properties = vec![Property::AGREEMENT, Property::TERMINATION];
//! entry.inputs = Inputs::FirstBit("what p0 wants".into());
//! entry.exploration = entry.exploration.from(&["1"]);
//! catalogue.add(entry)?;
//!
//! // Explore it: the properties hold in every schedule.
//! let report = explore_protocol(&catalogue, "dictator", &[])?;
//! let holds = |finding: &Finding| finding.verdict == Verdict::Holds;
//! assert!(report.complete && report.findings.iter().all(holds));
//!
//! // Run it, and break what it assumes: p0 crashes when it has told p1, and not yet p2.
//! let mut scenario = Scenario::everyday(&*catalogue.find("dictator")?);
//! world::at(&mut scenario, 0, world::crash_after(world::P0, 1));
//! let mut history = scenario.start(&catalogue)?;
//! history.run(1_000);
//! assert_eq!(history.judgements()[1].verdict, Verdict::Violated);
//! assert_eq!(history.judgements()[1].why, "p2 has not decided");
//!
//! // Draw it: a lane for each process, a line for each event. `export::svg` makes a picture of the same.
//! println!("{}", text(&scenario, &history.facts(0, history.position())));
//! # Ok::<(), String>(())
//! ```
//!
//! `examples/protocol.rs` goes further: a property of its own, a planted bug, a sweep over seeds. A protocol's handlers are
//! tested on a [`testing::TestBench`]. The scenarios of the gallery are found by name
//! ([`Catalogue::scenario`](catalogue::Catalogue::scenario)).
//!
//! The library has no browser, no clock and no files in it: see ARCHITECTURE.md.
//! The modules stand in the order in which to read them: each uses those above it, and only a few of those below, as
//! the test `architecture` says.

pub mod canon;
pub mod quote;
pub mod draw;
pub mod operation;
pub mod process;
pub mod language;
pub mod model;
pub mod engine;
pub mod property;
pub mod history;
pub mod scenario;
pub mod catalogue;
pub mod testing;
pub mod protocols;
pub mod explorer;
pub mod adversary;
pub mod flp;
pub mod scene;
pub mod export;
pub mod sweep;
pub mod lab;
pub mod page;
