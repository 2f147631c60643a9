//! Heard-of layers: a run told phase by phase, and the whole of it small enough to draw.
//!
//! In a protocol that goes on with its own value and at least one other, all that matters of a phase is who heard whom.
//! With three processes each hears one peer, the other, or both: 27 choices a phase (Charron-Bost and Schiper, *The
//! Heard-Of model*, 2009). Round numbers are dropped, so that the graph of phase boundaries is finite, and its cycles
//! are the endless runs. Santoro and Widmayer (1989) need fewer choices for the same impossibility: at most one sender
//! a phase loses some of its two messages, 10 choices.
//!
//! A strict event delivers one message and a process goes on with the first. So it hears both only if both wait in its
//! inbox when it enters the phase, and it must enter last: at most one process a phase hears both (20 of the 27
//! choices), and none in the very first (8). An edge says whether it has a strict schedule.

use super::machine::{Event, Machine, NULL, Step, Watch, narrow};
use super::search::{EVERYBODY, Found, Rules, Search};
use super::valency::{Census, Valencies, Valency};
use crate::catalogue::Parameters;
use crate::draw::{Coins, Flips};
use crate::process::{Local, Out, ProcessId, Stack, Value};
use crate::protocols::Vote;
use crate::protocols::ben_or::{BenOr, Coin, Kept, State};

/// How many processes a layered graph has.
const N: usize = 3;

/// Who is heard in a phase: for each process the others that it hears, in order.
pub type Heard = [Vec<ProcessId>; N];

/// Which choices a phase has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layering {
    /// Everybody hears at least one other: 27 choices.
    HeardOf,
    /// At most one sender loses a non-empty subset of its two messages: 10 choices.
    SantoroWidmayer,
}

impl Layering {
    /// The choices, those with a strict schedule first.
    pub fn choices(self) -> Vec<Heard> {
        let mut choices: Vec<Heard> = match self {
            Layering::HeardOf => {
                let sets = ProcessId::all(N).map(|me| {
                    let [first, second] = peers(me);
                    [vec![first], vec![second], vec![first, second]]
                });
                let sets: Vec<[Vec<ProcessId>; 3]> = sets.collect();
                (0..27).map(|code| [0, 1, 2].map(|p| sets[p][code / 3usize.pow(p as u32) % 3].clone())).collect()
            }
            Layering::SantoroWidmayer => {
                let mut choices = vec![ProcessId::all(N).map(|me| peers(me).to_vec()).collect::<Vec<_>>()];
                for sender in ProcessId::all(N) {
                    let [first, second] = peers(sender);
                    for lost in [vec![first], vec![second], vec![first, second]] {
                        let hears = |me: ProcessId| {
                            let all = peers(me).into_iter();
                            all.filter(|from| *from != sender || !lost.contains(&me)).collect::<Vec<_>>()
                        };
                        choices.push(ProcessId::all(N).map(hears).collect());
                    }
                }
                choices.into_iter().map(|choice| choice.try_into().expect("a set for each process")).collect()
            }
        };
        choices.sort_by_key(hearing_both);
        choices
    }
}

fn peers(me: ProcessId) -> [ProcessId; 2] {
    let all: Vec<ProcessId> = ProcessId::all(N).filter(|peer| *peer != me).collect();
    all.try_into().expect("three processes but one")
}

/// How many processes hear both others.
pub fn hearing_both(heard: &Heard) -> usize {
    heard.iter().filter(|others| others.len() > 1).count()
}

/// A protocol in which a phase is: everybody tells the others one thing, and goes on with some of what it hears.
trait Layered {
    /// What is left of a process at the boundary of two phases.
    type Local: Clone + PartialEq;

    /// The phases of a round.
    const LAYERS: u32;

    /// A process with this input before the first phase.
    fn initial(&self, input: bool) -> Self::Local;

    /// The process after a phase in which it hears `heard`, for each way in which its coin can fall.
    fn hear(&self, me: ProcessId, locals: &[Self::Local; N], heard: &[ProcessId]) -> Vec<(Self::Local, Flips)>;

    /// The decision register.
    fn decided(local: &Self::Local) -> Option<bool>;

    /// What the process is about to tell, in a word or two.
    fn words(local: &Self::Local) -> String;
}

impl Layered for BenOr {
    type Local = State;

    const LAYERS: u32 = 2;

    fn initial(&self, input: bool) -> State {
        State { started: true, x: input, phase: 0, prop: None, inbox: Default::default(), decided: None }
    }

    fn hear(&self, me: ProcessId, locals: &[State; N], heard: &[ProcessId]) -> Vec<(State, Flips)> {
        let local = Local::complete(me, N, None);
        let run = |fixed: Flips| {
            let mut state = locals[me.index()].clone();
            let phase = state.phase;
            state.inbox.extend(heard.iter().map(|from| {
                let theirs = &locals[from.index()];
                Kept { phase, from: *from, value: theirs.prop.unwrap_or(Vote(Some(theirs.x))) }
            }));
            let (mut effects, mut coins) = (Vec::new(), Coins::fixed(fixed));
            self.advance(&mut state, &mut Out::new(&local, &mut effects, &mut coins, false));
            state.phase %= Self::LAYERS;
            if state.prop.is_some() && self.coin != Coin::Keep {
                // The proposal phase gives x a new value, so that the old one makes no difference.
                state.x = false;
            }
            (state, coins.flipped)
        };
        let first = run(Flips::default());
        let second = (first.1.count > 0).then(|| run(Flips { count: 1, bits: 1 }));
        [first].into_iter().chain(second).collect()
    }

    fn decided(local: &State) -> Option<bool> {
        local.decided
    }

    fn words(local: &State) -> String {
        local.prop.map_or_else(|| format!("x={}", u8::from(local.x)), |vote| format!("prop {vote}"))
    }
}

/// A choice, and how the coins fell.
#[derive(Clone, Copy, PartialEq)]
struct Label {
    choice: u8,
    coins: [Flips; N],
}

/// A boundary between two phases in numbers: the phase that comes next, counted within a round, and the local states.
pub type Boundary = [u32; N + 1];

/// The rules of a layered graph: the layer first, then the numbers of the local states.
struct Layers<P: Layered> {
    protocol: P,
    choices: Vec<Heard>,
    locals: Vec<P::Local>,
}

impl<P: Layered> Layers<P> {
    fn name(&mut self, local: P::Local) -> u32 {
        let known = self.locals.iter().position(|known| *known == local);
        narrow(known.unwrap_or_else(|| {
            self.locals.push(local);
            self.locals.len() - 1
        }))
    }

    fn local(&self, words: &[u32], process: usize) -> &P::Local {
        &self.locals[words[process + 1] as usize]
    }

    fn locals(&self, words: &[u32]) -> [P::Local; N] {
        [0, 1, 2].map(|process| self.local(words, process).clone())
    }

    fn begin(&mut self, inputs: [bool; N]) -> Boundary {
        let [first, second, third] = inputs.map(|input| {
            let local = self.protocol.initial(input);
            self.name(local)
        });
        [0, first, second, third]
    }

    /// What becomes of each process in a phase, for each way in which its coin can fall.
    fn outcomes(&mut self, locals: &[P::Local; N], choice: usize) -> [Vec<(u32, Flips)>; N] {
        [0, 1, 2].map(|process| {
            let heard = self.protocol.hear(process.into(), locals, &self.choices[choice][process]);
            heard.into_iter().map(|(local, coins)| (self.name(local), coins)).collect()
        })
    }
}

impl<P: Layered> Rules for Layers<P> {
    type Label = Label;

    fn successors(&mut self, from: &[u32], found: &mut Found<Label>) {
        let locals = self.locals(from);
        let next_layer = (from[0] + 1) % P::LAYERS;
        let mut seen: Vec<[u32; N + 1]> = Vec::new();
        for choice in 0..self.choices.len() {
            let outcomes = self.outcomes(&locals, choice);
            for first in &outcomes[0] {
                for second in &outcomes[1] {
                    for third in &outcomes[2] {
                        let words = [next_layer, first.0, second.0, third.0];
                        // Choices that lead to the same boundary are one edge; the first is the easiest to replay.
                        if !seen.contains(&words) {
                            seen.push(words);
                            let coins = [first.1, second.1, third.1];
                            let choice = u8::try_from(choice).expect("at most 27");
                            found.push(EVERYBODY, Label { choice, coins }, &words);
                        }
                    }
                }
            }
        }
    }

    fn decided(&self, configuration: &[u32]) -> u8 {
        let decided = (0..N).filter_map(|process| P::decided(self.local(configuration, process)));
        decided.fold(0, |mask, value| mask | 1 << u8::from(value))
    }
}

/// Ben-Or with its coin, phase by phase: not only what can come of a choice, but how likely it is.
pub struct Phases(Layers<BenOr>);

impl Phases {
    /// The phases of Ben-Or whose coins are flipped, with the 27 choices of who hears whom.
    pub fn new() -> Self {
        let protocol = BenOr::flipping();
        Phases(Layers { protocol, choices: Layering::HeardOf.choices(), locals: Vec::new() })
    }

    /// The choices of every phase, those that are the easiest to replay first.
    pub fn choices(&self) -> &[Heard] {
        &self.0.choices
    }

    /// The boundary before the first phase.
    pub fn begin(&mut self, inputs: [bool; N]) -> Boundary {
        self.0.begin(inputs)
    }

    /// The phase that a choice makes: who flips a coin in it, and the boundaries to which it leads. There is one for
    /// each way in which the coins can fall, all equally likely; bit i of its place is the coin of the ith flipper.
    pub fn after(&mut self, boundary: Boundary, choice: usize) -> (Vec<ProcessId>, Vec<Boundary>) {
        let locals = self.0.locals(&boundary);
        let outcomes = self.0.outcomes(&locals, choice);
        let flippers: Vec<ProcessId> =
            ProcessId::all(N).filter(|process| outcomes[process.index()].len() > 1).collect();
        let layer = (boundary[0] + 1) % BenOr::LAYERS;
        let after = (0..1usize << flippers.len()).map(|coins| {
            let [first, second, third] = [0, 1, 2].map(|process| {
                let place = flippers.iter().position(|flipper| flipper.index() == process);
                outcomes[process][place.map_or(0, |place| coins >> place & 1)].0
            });
            [layer, first, second, third]
        });
        let after = after.collect();
        (flippers, after)
    }

    /// What each process has decided at a boundary.
    pub fn decided(&self, boundary: Boundary) -> [Option<bool>; N] {
        [0, 1, 2].map(|process| self.0.local(&boundary, process).decided)
    }
}

impl Default for Phases {
    fn default() -> Self {
        Phases::new()
    }
}

/// A boundary between two phases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// The phase that comes next, counted within a round: Ben-Or's 0 is a report, 1 a proposal.
    pub layer: u32,
    /// What each process is about to tell: `x=0`, `prop ⊥`.
    pub words: [String; N],
    /// What each process has decided.
    pub decided: [Option<bool>; N],
    /// What can still be decided.
    pub valency: Valency,
    /// Whether a run may begin here.
    pub initial: bool,
}

/// Whether an edge has a strict schedule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Realisable {
    /// In every phase.
    Always,
    /// In every phase but the very first.
    NotFirst,
    /// Not at all: it is there in the layered model only.
    LayeredOnly,
}

/// A phase: from boundary to boundary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrow {
    /// The boundary before.
    pub from: u32,
    /// The boundary after.
    pub to: u32,
    /// A choice that leads there: the easiest to replay, if there are several.
    pub heard: Heard,
    /// How the coins of each process fall in it.
    pub coins: [Flips; N],
    /// Whether it has a strict schedule.
    pub realisable: Realisable,
}

/// A layered graph, whole.
pub struct Graph {
    /// The boundaries; those where a run may begin come first, in the order of the inputs given.
    pub nodes: Vec<Node>,
    /// The phases, by the boundary that they leave.
    pub arrows: Vec<Arrow>,
    /// The numbers that describe it.
    pub census: Census,
    /// Cycles of undecided bivalent boundaries: in each an endless run can stay.
    pub components: Vec<Vec<u32>>,
    inputs: Vec<[bool; N]>,
    machine: Machine,
}

/// The layered graph of a protocol from these inputs. The error says why there is none.
pub fn explore(
    protocol: &str,
    parameters: &Parameters,
    stack: &Stack,
    inputs: &[[bool; N]],
    layering: Layering,
) -> Result<Graph, String> {
    match protocol {
        "ben-or" => {
            let mut protocol = BenOr::new(parameters);
            // Round numbers are dropped, so that a horizon has no meaning here.
            protocol.rounds = None;
            Ok(build(protocol, stack, inputs, layering))
        }
        _ => Err(format!("graph: {protocol} has no layered graph; ben-or has")),
    }
}

fn build<P: Layered>(protocol: P, stack: &Stack, inputs: &[[bool; N]], layering: Layering) -> Graph {
    let mut rules = Layers { protocol, choices: layering.choices(), locals: Vec::new() };
    let mut inputs = inputs.to_vec();
    inputs.dedup();
    let roots: Vec<Vec<u32>> = inputs.iter().map(|inputs| rules.begin(*inputs).to_vec()).collect();
    let mut search = Search::new(rules, &roots, super::LIMIT);
    search.run();
    let valencies = Valencies::new(search.edges(), search.decided(), N);
    let mut census = Census::new(search.edges(), search.decided(), &valencies, search.roots());
    // Everybody moves in every phase, so that nobody can be left out of a run here.
    census.blocked = None;
    let violation = search.decided().iter().position(|decided| decided.count_ones() > 1);
    census.shortest_violation = violation.map(|node| search.path(narrow(node)).len() - 1);
    let critical = |node: u32| search.decided()[node as usize] == 0 && valencies.of(node) == Valency::Bivalent;
    let components = super::valency::components(search.edges(), search.len(), critical);
    let nodes = (0..narrow(search.len())).map(|node| {
        let words = search.configuration(node);
        Node {
            layer: words[0],
            words: [0, 1, 2].map(|process| P::words(search.rules.local(words, process))),
            decided: [0, 1, 2].map(|process| P::decided(search.rules.local(words, process))),
            valency: valencies.of(node),
            initial: (node as usize) < search.roots(),
        }
    });
    let nodes = nodes.collect();
    let mut arrows = Vec::new();
    for from in 0..narrow(search.len()) {
        let targets: Vec<u32> = search.edges().from(from).map(|(_, target)| target).collect();
        for to in targets {
            let label = search.labels(&[from, to])[0];
            let heard = search.rules.choices[usize::from(label.choice)].clone();
            let realisable = match hearing_both(&heard) {
                0 => Realisable::Always,
                1 => Realisable::NotFirst,
                _ => Realisable::LayeredOnly,
            };
            arrows.push(Arrow { from, to, heard, coins: label.coins, realisable });
        }
    }
    Graph { nodes, arrows, census, components, inputs, machine: Machine::new(stack, N, Watch::default()) }
}

impl Graph {
    /// The strict schedule of a path: arrows, each from where the one before leads, the first from an initial node.
    ///
    /// `None` if it has none: some arrow is layered only, or two choices need each other to come first.
    pub fn schedule(&mut self, arrows: &[usize]) -> Option<Vec<Event>> {
        let inputs = *self.inputs.get(self.arrows[*arrows.first()?].from as usize)?;
        let path: Vec<Arrow> = arrows.iter().map(|arrow| self.arrows[*arrow].clone()).collect();
        assert!(path.windows(2).all(|pair| pair[0].to == pair[1].from), "a path's arrows follow each other");
        Replay::new(&mut self.machine, inputs, &path).run()
    }
}

/// A path being turned into a strict schedule.
struct Replay<'a> {
    machine: &'a mut Machine,
    path: &'a [Arrow],
    locals: [u32; N],
    /// The phase that each process is in; none has not started.
    phase: [Option<usize>; N],
    /// For each link the messages sent on it, one a phase.
    sent: [[Vec<u32>; N]; N],
    events: Vec<Event>,
}

impl<'a> Replay<'a> {
    fn new(machine: &'a mut Machine, inputs: [bool; N], path: &'a [Arrow]) -> Self {
        let locals = [0, 1, 2].map(|p| machine.unstarted(p.into(), Some(Value::Bit(inputs[p]))));
        Replay { machine, path, locals, phase: [None; N], sent: Default::default(), events: Vec::new() }
    }

    /// Lets whoever can go on do so, until all are at the end. That others go on first never hurts.
    fn run(mut self) -> Option<Vec<Event>> {
        while self.phase != [Some(self.path.len()); N] {
            let ready = (0..N).find(|p| self.may_go_on(*p))?;
            self.go_on(ready);
        }
        Some(self.events)
    }

    fn hears_both(&self, process: usize, phase: usize) -> bool {
        self.path.get(phase).is_some_and(|arrow| arrow.heard[process].len() > 1)
    }

    /// The phase in which the process is after its next step: it goes through those in which it hears both, since
    /// they must be in its inbox when it comes.
    fn next_stop(&self, process: usize) -> usize {
        let mut phase = self.phase[process].map_or(0, |phase| phase + 1);
        while self.hears_both(process, phase) {
            phase += 1;
        }
        phase
    }

    fn may_go_on(&self, process: usize) -> bool {
        let entered = |other: usize, phase: usize| self.phase[other].is_some_and(|now| now >= phase);
        let others = || (0..N).filter(|other| *other != process);
        match self.phase[process] {
            // A first step takes in one message at most, so that nobody hears both in the first phase.
            None => !self.hears_both(process, 0),
            Some(now) if now == self.path.len() => false,
            Some(now) => {
                let trigger = self.path[now].heard[process][0].index();
                let passed = now + 1..self.next_stop(process);
                entered(trigger, now) && passed.clone().all(|phase| others().all(|other| entered(other, phase)))
            }
        }
    }

    fn go_on(&mut self, process: usize) {
        let Some(now) = self.phase[process] else {
            self.take(process, NULL, Flips::default());
            self.phase[process] = Some(0);
            return;
        };
        let stop = self.next_stop(process);
        for phase in now + 1..stop {
            for other in (0..N).filter(|other| *other != process) {
                let message = self.sent[other][process][phase];
                self.take(process, message, Flips::default());
            }
        }
        let mut coins = Flips::default();
        for arrow in &self.path[now..stop] {
            let flips = arrow.coins[process];
            (0..flips.count).for_each(|index| coins.push(flips.get(index) == Some(true)));
        }
        let trigger = self.path[now].heard[process][0].index();
        let message = self.sent[trigger][process][now];
        self.take(process, message, coins);
        self.phase[process] = Some(stop);
    }

    fn take(&mut self, process: usize, cause: u32, coins: Flips) {
        let branches = self.machine.step(self.locals[process], cause);
        let branches = self.machine.branches(branches);
        let branch = branches.iter().find(|branch| branch.coins == coins).unwrap_or(&branches[0]).clone();
        for message in self.machine.sends(&branch) {
            self.sent[process][self.machine.recipient(*message)].push(*message);
        }
        self.locals[process] = branch.local;
        let process = u16::try_from(process).expect("three processes");
        self.events.push(self.machine.event(Step { process, cause, coins: branch.coins }));
    }
}
