//! How many rounds does this protocol need, if the network keeps no promise of time? The same scenario is run with a
//! hundred seeds for each number of rounds. `cargo run --example sweep`

use bivalent::catalogue::Catalogue;
use bivalent::sweep::{Design, Factor, Measure, Sweep};

/// Sweeps “out of step” over seeds and rounds, and prints a line for each number of rounds.
pub fn main() -> Result<(), String> {
    let catalogue = Catalogue::builtin();
    let scenario = catalogue.scenario("out-of-step")?;
    let design = Design { factors: vec![Factor::parse("rounds=1,2,3,4")?], ..Design::of(0..100) };
    let summary = Sweep::new(&catalogue, &scenario, design)?.run();
    let agreement = summary.properties.iter().position(|name| *name == "agreement").expect("it promises agreement");
    for cell in &summary.cells {
        let rate = cell.violated[agreement];
        let last =
            cell.quantiles[Measure::LastDecisionUs as usize].as_ref().map_or(0, |quantiles| quantiles.p50 / 1_000);
        println!(
            "{} rounds: agreement violated in {} of {} runs ({} to {} ppm), decided after {last} ms; first seed {:?}",
            cell.levels[0], rate.hits, rate.of, rate.low_ppm, rate.high_ppm, cell.first_seed[agreement]
        );
    }
    Ok(())
}
