//! Telling everybody or nobody, those who crash included: delivering when more than half have it.
//!
//! **Problem.** Uniform reliable broadcast where nobody can tell who has crashed.
//! **Assumes** that more than half of the processes stay up. A best-effort broadcast below, reliable links, crash-stop;
//! timing does not matter.
//! **Idea.** Pass on what one hears for the first time, which also says that one has it. Deliver when more than half
//! have it: then one of those who have it stays up, and has told all.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.5, Majority-Ack Uniform Reliable Broadcast.
//! **Promises** delivery, no duplication, no creation, and uniform agreement: what anybody delivers, whether or not it
//! crashes afterwards, all deliver who stay up.
//! **Cost.** n(n-1) messages for each broadcast, and two steps until all have delivered.
//! **What breaks it.** The crash of half of the processes: the others wait for ever, and deliver nothing wrong.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::relay::{Relay, Rule};
use crate::catalogue::{
    Assumption, Budget, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::property::Property;
use crate::scenario::ModuleLine;

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Uniform reliable broadcast, a majority acknowledges".into(),
        summary: "Delivers a message when more than half have it, so that nobody can deliver it alone and crash."
            .into(),
        cost: "n(n-1) messages for each broadcast, and two steps until all have delivered.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.5 (Majority-Ack Uniform Reliable Broadcast)".into(),
        problem: Problem::Broadcast,
        needs: vec![Service::BestEffortBroadcast],
        provides: vec![Service::UniformReliableBroadcast],
        under: ModuleLine::stack(["best-effort-broadcast"]),
        assumptions: vec![Assumption::MajorityUp, Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![
            Property::DELIVERY,
            Property::NO_DUPLICATION,
            Property::NO_CREATION,
            Property::UNIFORM_DELIVERY_AGREEMENT,
        ],
        inputs: super::words_to_broadcast(),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Lossy(Budget { crashes: 1, ..Budget::NONE }), 3).from(&["a"]),
        mutants: names(["hasty"]),
        without: without(),
        ..Entry::new("majority-ack-broadcast", |parameters| Relay {
            rule: Rule::Majority,
            mutant: parameters.mutant("hasty"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::NO_DUPLICATION), 3, world::forgets),
        Without::new(Assumption::MajorityUp, Consequence::Violated(Property::DELIVERY), 1, |scenario| {
            scenario.processes = 4;
            world::at(scenario, 0, world::crash(world::P2));
        })
        .on(|scenario| world::at(scenario, 0, world::crash(world::P1))),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn it_delivers_when_more_than_half_have_it_and_a_crash_holds_up_nobody() {
        let mut bench = on_bench("majority-ack-broadcast", &[], None, &["hello", "", "", "", ""]);
        bench.start_all();
        bench.crash(3);
        bench.crash(4);
        bench.deliver(0, 1);
        assert!(bench.gave(1, "this from p0 is new: it passes it on, and waits until enough have it"));
        bench.deliver(0, 2);
        bench.deliver(1, 2);
        assert_eq!(bench.delivered(2), ["p0:hello"]);
        assert_eq!(bench.reason(2), "3 have this from p0, more than half, so it delivers it");
        assert!(bench.delivered(0).is_empty(), "its sender knows of nobody yet");
    }

    #[test]
    fn where_half_crash_the_others_wait() {
        let mut bench = on_bench("majority-ack-broadcast", &[], None, &["hello", "", "", ""]);
        bench.start_all();
        bench.crash(2);
        bench.crash(3);
        bench.deliver_all();
        assert_eq!((bench.delivered(0).len(), bench.label(0)), (0, "waits with 1".to_owned()));
    }

    #[test]
    fn mutant_hasty_delivers_alone_and_crashes() {
        let mut bench = on_bench("majority-ack-broadcast", &[("mutant", "hasty")], None, &["hello", "", ""]);
        bench.crash_after(1);
        (0..3).for_each(|p| bench.start(p));
        bench.deliver_all();
        assert_eq!([0, 1, 2].map(|p| bench.delivered(p).len()), [1, 0, 0]);
    }
}
