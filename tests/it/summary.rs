//! The gallery's runs in a text that never changes: the golden file of the native tests and of those in WebAssembly.

use bivalent::catalogue::Catalogue;
use bivalent::history::History;
use bivalent::scenario::GALLERY;
use std::fmt::Write;

/// The most events of a run of the gallery.
const EVENTS_MAX: u64 = 100_000;

/// What happened in a run.
pub fn run(history: &mut History) -> String {
    let stop = history.run(EVENTS_MAX).expect("a run of the gallery ends");
    let judgements = history.judgements();
    let engine = history.engine();
    let mut text = format!(
        "  {} events, {} us, {stop:?}\n  trace hash {:016x}\n",
        engine.events(),
        engine.now_us(),
        engine.trace_hash()
    );
    for judgement in judgements {
        writeln!(text, "  {judgement}").expect("a string takes any text");
    }
    let decided: Vec<String> = engine
        .processes()
        .iter()
        .enumerate()
        .filter_map(|(index, process)| process.decided.as_ref().map(|value| format!("p{index} {value}")))
        .collect();
    if !decided.is_empty() {
        writeln!(text, "  decisions {}", decided.join(", ")).expect("a string takes any text");
    }
    text
}

/// What happened in all of them.
pub fn gallery() -> String {
    let catalogue = Catalogue::builtin();
    let runs = GALLERY.iter().map(|(name, _)| {
        let scenario = catalogue.scenario(name).expect("in the gallery");
        format!("{name}\n{}", run(&mut scenario.start(&catalogue).expect("the gallery is valid")))
    });
    runs.collect::<Vec<String>>().join("\n")
}
