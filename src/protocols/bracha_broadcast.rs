//! All who are honest deliver the same or nothing, whatever the sender does.
//!
//! **Problem.** With echo broadcast a lying sender can let one honest process deliver and another wait for ever.
//! **Assumes** that fewer than a third of the processes lie. Authenticated links: who sent a message is known. Nothing
//! is lost; timing does not matter.
//! **Idea.** Echo what the sender said. When more than (n+f)/2 echo the same, say that one is ready. When more than f are
//! ready, an honest one is, so be ready as well. When more than 2f are ready, deliver: more than f of them are honest,
//! and they make everybody ready.
//! **Source.** Bracha, *Asynchronous Byzantine agreement protocols*, Information and Computation 75(2), 1987; as in
//! Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.18, Authenticated Double-Echo Broadcast: Byzantine reliable
//! broadcast. There it is one broadcast of one sender; here every process may make some, and numbers tell them apart.
//! **Promises** delivery if the sender is honest, no duplication, integrity, consistency, and totality: what one who is
//! honest delivers, all of them deliver.
//! **Cost.** (n-1)(2n+1) messages and three steps for each broadcast.
//! **What breaks it.** A third of liars: they can make some ready for one thing and some for another.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::echo::Echo;
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::model::Behaviour;
use crate::model::ProcessSet;
use crate::model::Rate;
use crate::property::Property;

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Bracha's broadcast".into(),
        summary:
            "Echo, then be ready, then deliver: all who are honest deliver the same thing, or none of them anything."
                .into(),
        cost: "(n-1)(2n+1) messages and three steps for each broadcast.".into(),
        source:
            "Bracha 1987; Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.18 (Authenticated Double-Echo Broadcast)"
                .into(),
        problem: Problem::Broadcast,
        provides: vec![Service::ByzantineReliableBroadcast],
        assumptions: vec![
            Assumption::FewLiars,
            Assumption::AuthenticatedLinks,
            Assumption::ReliableLinks,
            Assumption::CrashStop,
        ],
        properties: vec![
            Property::DELIVERY,
            Property::NO_DUPLICATION,
            Property::NO_CREATION,
            Property::CONSISTENCY,
            Property::DELIVERY_AGREEMENT,
        ],
        inputs: super::words_to_broadcast(),
        processes: (3, 31),
        exploration: Exploration::new(Explorer::Synchronous { faults: 1 }, 4).from(&["a", "b"]),
        mutants: names(["hasty"]),
        without: without(),
        ..Entry::new("bracha-broadcast", |parameters| Echo { double: true, mutant: parameters.mutant("hasty") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY_AGREEMENT), 24, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::DELIVERY), 1, world::away_from_the_start),
        Without::new(Assumption::FewLiars, Consequence::Violated(Property::CONSISTENCY), 1, |scenario| {
            scenario.processes = 3
        })
        .on(|scenario| world::at(scenario, 0, world::two_faced(world::P0, world::P2))),
        Without::new(
            Assumption::AuthenticatedLinks,
            Consequence::Violated(Property::DELIVERY_AGREEMENT),
            1,
            world::unsigned,
        )
        .on(|scenario| {
            world::signed(
                scenario,
                world::P0,
                Behaviour { twin: ProcessSet::of([world::P2]), lies: Rate(500_000), ..world::forger(world::P1) },
            );
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// p0 tells p1 something else, and all that it says later gets to nobody.
    fn half_told(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("bracha-broadcast", parameters, None, &["a", "", "", ""]);
        bench.start_all();
        assert!(bench.alter(0, 1, 0));
        bench.deliver_all();
        bench
    }

    #[test]
    fn who_was_told_another_story_is_made_ready_by_the_others() {
        let bench = half_told(&[]);
        (0..4).for_each(|p| assert_eq!(bench.delivered(p), ["p0:a"]));
        assert!(bench.gave(1, "3 are ready, more than 2f"));
    }

    #[test]
    fn who_was_ready_before_the_word_itself_came_echoes_all_the_same() {
        let mut bench = on_bench("bracha-broadcast", &[], None, &["a", "", "", ""]);
        bench.start_all();
        for (from, to) in [(0, 2), (0, 3), (0, 2), (0, 3), (2, 3), (3, 2), (2, 1), (2, 1), (3, 1), (3, 1)] {
            bench.deliver(from, to);
        }
        assert!(bench.gave(1, "2 are ready, more than f, so an honest one is"));
        bench.deliver_all();
        assert!(bench.gave(0, "4 heard the same from p0, which is enough"));
    }

    /// p1 hears one thing from p0, p2 and p3 another; p1 hears no echo of p0, and p0 is ready for nobody.
    fn enough_for_two(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("bracha-broadcast", parameters, None, &["a", "", "", ""]);
        bench.start_all();
        bench.lose(0, 1);
        bench.lose(0, 1);
        for (from, to) in [(0, 2), (0, 3), (0, 2), (0, 3), (2, 3), (3, 2)] {
            bench.deliver(from, to);
        }
        bench
    }

    #[test]
    fn nobody_delivers_before_all_will() {
        let mut bench = enough_for_two(&[]);
        (1..4).for_each(|p| assert!(bench.delivered(p).is_empty()));
        assert_eq!([2, 3].map(|p| bench.label(p)), ["ready", "ready"]);
        bench.deliver_all();
        assert!(bench.gave(1, "2 are ready, more than f, so an honest one is"));
        (1..4).for_each(|p| assert_eq!(bench.delivered(p), ["p0:a"]));
    }

    #[test]
    fn mutant_hasty_delivers_what_others_may_never_hear() {
        let bench = enough_for_two(&[("mutant", "hasty")]);
        assert_eq!([1, 2].map(|p| bench.delivered(p).len()), [0, 1]);
    }
}
