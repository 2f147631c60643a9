//! Bivalent: a laboratory of distributed systems. No browser, no clock, no files: see ARCHITECTURE.md.
//!
//! A scenario of a catalogue is started, and its run is stepped through:
//!
//! ```
//! use bivalent::catalogue::Catalogue;
//!
//! let catalogue = Catalogue::builtin();
//! let scenario = catalogue.scenario("in-step").expect("a scenario of the gallery");
//! let mut history = scenario.start(&catalogue).expect("it is valid");
//! while history.next().is_ok() {}
//! println!("{} events, {:016x}", history.position(), history.engine().trace_hash());
//! history.seek(5).expect("it has been there before");
//! ```
//!
//! The modules stand in the order in which to read them: each uses those above it, and only a few of those below, as
//! the test `architecture` says.

pub mod canon;
pub mod quote;
pub mod draw;
pub mod process;
pub mod language;
pub mod model;
pub mod engine;
pub mod property;
pub mod history;
pub mod scenario;
pub mod catalogue;
pub mod protocols;
pub mod explorer;
pub mod adversary;
pub mod flp;
pub mod scene;
pub mod export;
pub mod sweep;
pub mod lab;
pub mod page;
