//! A rumour that everybody tells somebody.
//!
//! **Problem.** All shall know, and there are many. One who tells all the others is busy, and if it crashes that is that.
//! **Assumes** reliable links. Crash-stop; timing does not matter. That all are reached is very likely, and not certain.
//! **Idea.** Who knows a rumour tells it to one other process, picked by chance, in every period, and loses interest
//! after `rounds` periods. At first those who know double in each period; at the end each has a few who tell it.
//! **Source.** Demers and others, *Epidemic algorithms for replicated database maintenance*, PODC 1987: rumour mongering
//! by push, blind, with a counter. How fast: Pittel, *On spreading a rumor*, SIAM Journal on Applied Mathematics 47(1),
//! 1987.
//! **Promises** no duplication and no creation always; delivery and agreement with a probability that grows towards 1
//! with `rounds`. With 30, one of a hundred processes is missed in less than one of 10,000 runs. A sweep judges it against
//! one in a thousand.
//! **Cost.** n times `rounds` messages for each rumour, each process the same; about log₂ n + ln n periods until all
//! know, where messages are fast against a period.
//! **What breaks it.** Few rounds: somebody is never told. Then a second way is needed, by which one asks for what one
//! does not have.
//!
//! Without a layer above, the process starts a rumour with each word of its input.

use super::reliable_broadcast::Data;
use super::{broadcast, words};
use crate::catalogue::{
    Assumption, ByChance, Consequence, Domain, Entry, Exploration, Explorer, Inputs, NeededNetwork, Parameter, Problem,
    Service, Without, names, world,
};
use crate::engine::Choice;
use crate::process::{Local, Out, Payload, ProcessId, Protocol, Request, Timer, UserMessage};
use crate::property::Property;
use serde::Serialize;

/// When to tell somebody.
pub const TELL: Timer = Timer::new("tell");

/// The number of coins that pick a process: with up to 99 others, none is picked more than 3% too often.
const COINS: u32 = 12;

/// The rumours that a process knows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GossipState {
    /// The number of its own next rumour.
    pub next: u32,
    /// The rumours, and how often it will still tell each.
    pub known: Vec<(Data, u64)>,
}

/// The protocol.
pub struct Gossip {
    /// The number of times that a process tells a rumour.
    rounds: u64,
    /// The time that it waits between two times, in microseconds.
    period_us: u64,
    /// Planted bug: delivers what it knows already.
    mutant_again: bool,
}

impl Gossip {
    fn learn(&self, state: &mut GossipState, data: Data, out: &mut Out<'_, Data>) {
        let tells = state.known.iter().any(|(_, left)| *left > 0);
        out.deliver(data.origin, data.payload.clone());
        state.known.push((data, self.rounds));
        if !tells && self.rounds > 0 {
            out.set_timer(TELL, self.period_us);
        }
    }

    fn start_rumour(&self, state: &mut GossipState, payload: Payload, out: &mut Out<'_, Data>) {
        let number = state.next;
        state.next += 1;
        self.learn(state, Data { origin: out.me, number, payload }, out);
    }
}

impl Protocol for Gossip {
    type State = GossipState;
    type Message = Data;

    fn init(&self, _local: &Local) -> GossipState {
        GossipState { next: 0, known: Vec::new() }
    }

    fn on_start(&self, state: &mut GossipState, out: &mut Out<'_, Data>) {
        let words = words(out);
        for word in &words {
            self.start_rumour(state, Payload::new(UserMessage(word.clone())), out);
        }
        if !words.is_empty() {
            out.because(|| "it has news, and will tell it to somebody in every period");
        }
    }

    fn on_request(&self, state: &mut GossipState, request: Request, out: &mut Out<'_, Data>) {
        self.start_rumour(state, broadcast(request), out);
        out.because(|| "it will tell this to somebody in every period");
    }

    fn on_deliver(&self, state: &mut GossipState, from: ProcessId, message: &Data, out: &mut Out<'_, Data>) {
        let known = |(data, _): &(Data, u64)| (data.origin, data.number) == (message.origin, message.number);
        if state.known.iter().any(known) {
            if self.mutant_again {
                out.deliver(message.origin, message.payload.clone());
            }
            out.because(|| format!("it knows that already, and {from} need not have told it"));
            return;
        }
        self.learn(state, message.clone(), out);
        out.because(|| format!("this is news, so it delivers it, and from now on tells others what {from} told it"));
    }

    fn on_timeout(&self, state: &mut GossipState, timer: Timer, out: &mut Out<'_, Data>) {
        debug_assert_eq!(timer, TELL, "the only timer of this layer");
        let bits = (0..COINS).fold(0, |bits, _| bits << 1 | usize::from(out.coin()));
        let to = out.peers[(bits * out.peers.len()) >> COINS];
        for (data, left) in state.known.iter_mut().filter(|(_, left)| *left > 0) {
            *left -= 1;
            out.send(to, data.clone());
        }
        if state.known.iter().any(|(_, left)| *left > 0) {
            out.set_timer(TELL, self.period_us);
        }
        out.because(|| format!("chance says {to}, so it tells {to}"));
    }

    fn timeout_enabled(&self, _local: &Local, state: &GossipState) -> Option<Timer> {
        state.known.iter().any(|(_, left)| *left > 0).then_some(TELL)
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Gossip".into(),
        summary: "A process that knows a rumour tells it to another one, drawn by chance, in every period, for a while.".into(),
        cost: "n times `rounds` messages for each rumour, each process the same; about log₂ n + ln n periods until all know, where messages are fast against a period.".into(),
        source: "Demers and others, Epidemic algorithms for replicated database maintenance, 1987: rumour mongering, push".into(),
        problem: Problem::Broadcast,
        provides: vec![Service::ProbabilisticBroadcast],
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION, Property::DELIVERY_AGREEMENT],
        // Where gossip ends with k of m who stay up knowing, all that those told stayed among them or went to others who
        // crashed: a sum over k bounds a miss. On a complete network of at most 100, it is below 2 in 100,000 where at least
        // half stay up. A sweep tells one in a thousand from that in some thousand runs. A star is no such network.
        chance: [Property::DELIVERY, Property::DELIVERY_AGREEMENT]
            .map(|property| ByChance { property, missed_ppm_max: 1_000 })
            .to_vec(),
        parameters: vec![
        Parameter::new("rounds", Domain::Integer(0, 1_000), "30", "The number of times that a process tells each rumour."),
        Parameter::new("period-ms", Domain::Integer(1, 60_000), "120", "The time between two tellings, in milliseconds of the process's clock."),
    ],
        inputs: Inputs::Words("the rumours that this process starts, separated by spaces".into()),
        processes: (2, 100),
        exploration: Exploration::new(Explorer::Synchronous { faults: 1 }, 2).from(&["a"]).with(&[("rounds", "2")]),
        mutants: names(["again"]),
        network: NeededNetwork::Connected,
        without: without(),
        ..Entry::new("gossip", |parameters| {
Gossip {
            rounds: parameters.integer("rounds"),
            period_us: parameters.integer("period-ms") * 1_000,
            mutant_again: parameters.mutant("again"),
        }
})
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::NO_CREATION), 1, world::tampered),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::NO_DUPLICATION), 1, |scenario| {
            world::at(scenario, 1_000, world::crash(world::P1));
            world::at(scenario, 1_001, Choice::Recover(world::P1));
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// On the bench coins fall on 0, which picks the first of the others.
    fn told(parameters: &[(&str, &str)]) -> TestBench {
        let given = [&[("rounds", "2")], parameters].concat();
        let mut bench = on_bench("gossip", &given, None, &["news", "", ""]);
        bench.start_all();
        bench.fire(0, "tell");
        bench.fire(0, "tell");
        bench.deliver_all();
        bench
    }

    #[test]
    fn who_knows_tells_as_often_as_there_are_rounds() {
        let mut bench = told(&[]);
        assert_eq!((bench.sent, bench.timer(0, "tell")), (2, None));
        assert_eq!((bench.delivered(1), bench.timer(1, "tell")), (vec!["p0:news".to_owned()], Some(120_000)));
        assert_eq!(bench.reason(1), "it knows that already, and p0 need not have told it");
        bench.fire(1, "tell");
        assert_eq!(
            (bench.flying(1, 0), bench.timeout_enabled(1).as_deref(), bench.timeout_enabled(2).as_deref()),
            (1, Some("tell"), None)
        );
    }

    #[test]
    fn mutant_again_delivers_a_rumour_twice() {
        assert_eq!(told(&[("mutant", "again")]).delivered(1), ["p0:news", "p0:news"]);
    }
}
