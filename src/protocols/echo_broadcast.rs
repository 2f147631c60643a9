//! Nobody can tell two honest processes different things.
//!
//! **Problem.** A lying sender tells some one thing and others another. They shall not both be delivered.
//! **Assumes** that fewer than a third of the processes lie. Authenticated links: who sent a message is known. Nothing
//! is lost; timing does not matter.
//! **Idea.** Tell everybody what one heard from the sender. Deliver what more than (n+f)/2 heard: two such groups have
//! more than f processes in common, so an honest one among them, and that one echoed only one thing.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.16, Authenticated Echo Broadcast: Byzantine consistent
//! broadcast. There it is one broadcast of one sender; here every process may make some, and numbers tell them apart.
//! **Promises** delivery if the sender is honest, no duplication, integrity, consistency. It does *not* promise that all
//! who are honest deliver, if the sender is not.
//! **Cost.** (n-1)(n+1) messages and two steps for each broadcast.
//! **What breaks it.** A third of liars: two groups of more than (n+f)/2 have only liars in common. And a liar may tell
//! enough for one process to deliver and not for another.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::echo::Echo;
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::model::Behaviour;
use crate::model::ProcessSet;
use crate::property::Property;

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Echo broadcast".into(),
        summary: "Everybody echoes what it heard, and delivers what enough others heard as well; so a liar cannot say two things.".into(),
        cost: "(n-1)(n+1) messages and two steps for each broadcast.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.16 (Authenticated Echo Broadcast)".into(),
        problem: Problem::Broadcast,
        provides: vec![Service::ByzantineConsistentBroadcast],
        assumptions: vec![
        Assumption::FewLiars,
        Assumption::AuthenticatedLinks,
        Assumption::ReliableLinks,
        Assumption::CrashStop,
    ],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION, Property::CONSISTENCY],
        inputs: super::words_to_broadcast(),
        processes: (3, 31),
        exploration: Exploration::new(Explorer::Strict, 3).from(&["a"]),
        mutants: names(["hasty"]),
        without: without(),
        ..Entry::new("echo-broadcast", |parameters| Echo { double: false, mutant: parameters.mutant("hasty") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::DELIVERY), 1, world::away_from_the_start),
        Without::new(Assumption::FewLiars, Consequence::Violated(Property::CONSISTENCY), 1, |scenario| {
            scenario.processes = 3
        })
        .on(|scenario| world::at(scenario, 0, world::two_faced(world::P0, world::P2))),
        Without::new(Assumption::AuthenticatedLinks, Consequence::Violated(Property::CONSISTENCY), 1, world::unsigned)
            .on(|scenario| {
                world::signed(
                    scenario,
                    world::P0,
                    Behaviour { twin: ProcessSet::of([world::P2]), ..world::forger(world::P1) },
                )
            }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// p0 says "a" to p1 and p2, and something else to p3.
    fn equivocates(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("echo-broadcast", parameters, None, &["a", "", "", ""]);
        bench.start_all();
        assert!(bench.alter(0, 3, 0));
        bench
    }

    #[test]
    fn what_three_of_four_heard_is_delivered_and_nothing_else() {
        let mut bench = equivocates(&[]);
        bench.deliver_all();
        assert_eq!([1, 2, 3].map(|p| bench.delivered(p)), [["p0:a"], ["p0:a"], ["p0:a"]]);
        assert!(bench.gave(3, "3 heard the same from p0, which is enough"));
        assert!(bench.gave(3, "1 heard the same from p0, which is not enough"));
    }

    #[test]
    fn a_second_story_or_a_second_echo_does_not_count() {
        let mut bench = on_bench("echo-broadcast", &[], None, &["a", "", "", ""]);
        bench.start_all();
        bench.duplicate(0, 1);
        bench.duplicate(0, 1);
        assert!(bench.gave(1, "p0 has echoed before, and only the first time counts"));
        assert_eq!((bench.delivered(1).len(), bench.label(1)), (0, "echoed".to_owned()));
    }

    #[test]
    fn mutant_hasty_delivers_both_stories() {
        let mut bench = equivocates(&[("mutant", "hasty")]);
        bench.deliver_all();
        assert_eq!([1, 3].map(|p| bench.delivered(p)), [["p0:a"], ["p0:(forged)"]]);
    }
}
