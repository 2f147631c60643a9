//! Telling everybody or nobody, those who crash included: delivering when all who are up have it.
//!
//! **Problem.** With reliable broadcast a process may deliver, act upon it and crash, and nobody else ever delivers.
//! **Assumes** a perfect failure detector and a best-effort broadcast below, reliable links, and synchrony, which the
//! detector needs. Crash-stop, any number of crashes.
//! **Idea.** Pass on what one hears for the first time, which also says that one has it. Deliver when everybody has it
//! of whom the detector does not say that it has crashed. So whoever delivers knows that it cannot get lost any more.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.4, All-Ack Uniform Reliable Broadcast.
//! **Promises** delivery, no duplication, no creation, and uniform agreement: what anybody delivers, whether or not it
//! crashes afterwards, all deliver who stay up.
//! **Cost.** n(n-1) messages for each broadcast, and two steps until all have delivered. The detector's messages come on
//! top, and a crash holds up everybody until it is detected.
//! **What breaks it.** A detector that suspects the living: a process may deliver while another does not have it. One
//! that misses a crash: everybody waits for ever.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::relay::{Relay, Rule};
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::property::Property;
use crate::scenario::ModuleLine;

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Uniform reliable broadcast, all acknowledge".into(),
        summary: "Delivers a message when everybody who is up has it, so that nobody can deliver it alone and crash."
            .into(),
        cost: "n(n-1) messages for each broadcast, and two steps until all have delivered.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.4 (All-Ack Uniform Reliable Broadcast)".into(),
        problem: Problem::Broadcast,
        needs: vec![Service::BestEffortBroadcast, Service::PerfectDetector],
        provides: vec![Service::UniformReliableBroadcast],
        under: ModuleLine::stack(["heartbeat", "best-effort-broadcast"]),
        assumptions: vec![Assumption::Synchrony, Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![
            Property::DELIVERY,
            Property::NO_DUPLICATION,
            Property::NO_CREATION,
            Property::UNIFORM_DELIVERY_AGREEMENT,
        ],
        inputs: super::words_to_broadcast(),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Synchronous { faults: 2 }, 3).from(&["a"]),
        mutants: names(["hasty"]),
        without: without(),
        ..Entry::new("all-ack-broadcast", |parameters| Relay { rule: Rule::AllUp, mutant: parameters.mutant("hasty") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::NO_CREATION), 1, world::tampered),
        Without::new(Assumption::CrashStop, Consequence::Never(Property::DELIVERY), 1, world::misses_the_first),
        Without::new(Assumption::Synchrony, Consequence::Never(Property::UNIFORM_DELIVERY_AGREEMENT), 1, |scenario| {
            world::asynchronous(scenario);
            scenario.models.timing.typical_ms = 1_000;
        })
        .on(world::forgotten),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn it_waits_for_the_last_one_or_for_the_news_of_its_crash() {
        let mut bench = on_bench("all-ack-broadcast", &[], None, &["hello", "", ""]);
        bench.start_all();
        bench.crash(2);
        bench.deliver_all();
        assert_eq!(bench.label(0), "waits with 1");
        assert!(bench.delivered(0).is_empty() && bench.delivered(1).is_empty());
        bench.fire(0, "period");
        bench.deliver_all();
        bench.fire(0, "period");
        assert_eq!(bench.suspected(0), [2]);
        assert_eq!((bench.delivered(0).len(), bench.delivered(1).len()), (1, 0), "p1 has not heard of the crash");
        assert_eq!(bench.reason(0), "all who are up have this from p0, so it delivers it");
    }

    #[test]
    fn mutant_hasty_delivers_alone_and_crashes() {
        let mut bench = on_bench("all-ack-broadcast", &[("mutant", "hasty")], None, &["hello", "", ""]);
        bench.crash_after(1);
        (0..3).for_each(|p| bench.start(p));
        bench.deliver_all();
        assert_eq!([0, 1, 2].map(|p| bench.delivered(p).len()), [1, 0, 0]);
    }
}
