//! Telling everybody or nobody, among those who stay up, with work only where somebody crashes.
//!
//! **Problem.** Reliable broadcast as it is always has everybody pass on everything, whether or not anything goes wrong.
//! **Assumes** a failure detector below that misses no crash, a best-effort broadcast, reliable links. Crash-stop, any
//! number of crashes. The book asks for a perfect detector; that it is never wrong about the living only saves messages,
//! so the synchrony that this takes is the detector's assumption and not this one's.
//! **Idea.** Deliver what one hears for the first time, and keep it. When the detector says that somebody has crashed,
//! pass on all that one has from that process: the others may not have it. What comes later from it, pass on at once.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.2, Lazy Reliable Broadcast.
//! **Promises** delivery, no duplication, no creation, and that those who stay up deliver the same.
//! **Cost.** n-1 messages and one step for each broadcast while nobody crashes; n(n-1) more, at most, where its sender
//! does. The detector's messages come on top.
//! **What breaks it.** A detector that misses a crash: nobody passes on what only some have. One that suspects the
//! living only costs messages. And it is not uniform.
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
        title: "Lazy reliable broadcast".into(),
        summary: "Passes on what it has from a process when that process crashes, and not before.".into(),
        cost: "n-1 messages and one step for each broadcast while nobody crashes; n(n-1) more, at most, where its sender does.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.2 (Lazy Reliable Broadcast)".into(),
        problem: Problem::Broadcast,
        needs: vec![Service::BestEffortBroadcast, Service::PerfectDetector],
        provides: vec![Service::ReliableBroadcast],
        under: ModuleLine::stack(["heartbeat", "best-effort-broadcast"]),
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION, Property::DELIVERY_AGREEMENT],
        inputs: super::words_to_broadcast(),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Synchronous { faults: 2 }, 3).from(&["a"]),
        mutants: names(["no-relay"]),
        without: without(),
        ..Entry::new("lazy-reliable-broadcast", |parameters| Relay { rule: Rule::Lazy, mutant: parameters.mutant("no-relay") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::NO_CREATION), 1, world::tampered),
        Without::new(Assumption::CrashStop, Consequence::Never(Property::DELIVERY), 1, world::misses_the_first),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// p0 crashes when it has told p1 only, and two periods pass.
    fn half_the_room(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("lazy-reliable-broadcast", parameters, None, &["hello", "", ""]);
        bench.crash_after(1);
        (0..3).for_each(|p| bench.start(p));
        for _ in 0..2 {
            bench.deliver_all();
            bench.fire(1, "period");
            bench.fire(2, "period");
        }
        bench
    }

    #[test]
    fn who_has_it_passes_it_on_when_it_learns_of_the_crash() {
        let mut bench = half_the_room(&[]);
        assert!(bench.delivered(2).is_empty(), "it is on its way");
        assert!(bench.gave(1, "p0 may not have told all, so it passes on what it has from p0"));
        bench.deliver_all();
        assert_eq!(bench.delivered(2), ["p0:hello"]);
        assert_eq!(bench.delivered(1), ["p0:hello"], "once");
    }

    #[test]
    fn what_comes_late_from_a_crashed_process_is_passed_on_at_once() {
        let mut bench = on_bench("lazy-reliable-broadcast", &[], None, &["hello", "", ""]);
        bench.start_all();
        bench.lose(0, 2);
        bench.crash(0);
        bench.fire(1, "period");
        bench.fire(1, "period");
        assert_eq!(bench.suspected(1), [0, 2], "p2 has not answered either, which does no harm");
        let before = bench.sent;
        bench.deliver(0, 1);
        assert_eq!(bench.sent, before + 2);
        bench.deliver_all();
        assert_eq!(bench.delivered(2), ["p0:hello"]);
    }

    #[test]
    fn mutant_no_relay_leaves_half_the_room_without() {
        let mut bench = half_the_room(&[("mutant", "no-relay")]);
        bench.deliver_all();
        assert_eq!((bench.delivered(1).len(), bench.delivered(2).len()), (1, 0));
    }
}
