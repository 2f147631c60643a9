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

use super::search::{self, EVERYBODY, Rules, Search, Successors};
use super::step_table::{NULL, StepTable, StrictEvent, StrictStep, Tracked, narrow};
use super::valency::{Census, Valencies, Valency};
use crate::catalogue::{
    HeardOf, Instance, LAYERED_PROCESSES as N, LayeredState, Realisable, Trigger, hearing_both, peers,
};
use crate::draw::Flips;
use crate::process::{ProcessId, Program, Value};

/// The choices of a phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layering {
    /// Everybody hears at least one other: 27 choices.
    HeardOf,
    /// At most one sender loses a non-empty subset of its two messages: 10 choices.
    SantoroWidmayer,
}

impl Layering {
    /// The choices, those with a strict schedule first.
    pub fn choices(self) -> Vec<HeardOf> {
        let mut choices: Vec<HeardOf> = match self {
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

/// A choice, and how the coins fell.
#[derive(Clone, Copy, PartialEq)]
struct LayerLabel {
    choice: u8,
    coins: [Flips; N],
}

/// A boundary between two phases in numbers: the phase that comes next, counted within a round, and the local states.
pub type Boundary = [u32; N + 1];

/// The rules of a layered graph: the layer first, then the numbers of the local states.
struct LayerRules {
    layered: Box<dyn LayeredState>,
    choices: Vec<HeardOf>,
}

fn locals(words: &[u32]) -> [u32; N] {
    [words[1], words[2], words[3]]
}

impl LayerRules {
    fn begin(&mut self, inputs: [bool; N]) -> Boundary {
        let [first, second, third] = [0, 1, 2].map(|p| self.layered.initial(p.into(), inputs[p]));
        [0, first, second, third]
    }

    /// The state of each process after a layer, for each way in which its coin can fall.
    fn outcomes(&mut self, layer: u32, all: [u32; N], choice: usize) -> [Vec<(u32, Flips)>; N] {
        [0, 1, 2].map(|process| self.layered.hear(layer, process.into(), all, &self.choices[choice][process]))
    }
}

impl Rules for LayerRules {
    type Label = LayerLabel;

    fn successors(&mut self, from: &[u32], found: &mut Successors<LayerLabel>) {
        let (layer, all) = (from[0], locals(from));
        let next_layer = (layer + 1) % self.layered.layers();
        let mut seen: Vec<[u32; N + 1]> = Vec::new();
        // Choices that lead to the same boundary are one edge; the first is the easiest to replay.
        let mut order: Vec<usize> = (0..self.choices.len()).collect();
        order.sort_by_key(|choice| self.layered.realisable(layer, all, &self.choices[*choice]));
        for choice in order {
            let outcomes = self.outcomes(layer, all, choice);
            for first in &outcomes[0] {
                for second in &outcomes[1] {
                    for third in &outcomes[2] {
                        let words = [next_layer, first.0, second.0, third.0];
                        if !seen.contains(&words) {
                            seen.push(words);
                            let coins = [first.1, second.1, third.1];
                            let choice = u8::try_from(choice).expect("at most 27");
                            found.push(EVERYBODY, || LayerLabel { choice, coins }, &words);
                        }
                    }
                }
            }
        }
    }

    fn decided(&self, configuration: &[u32]) -> u8 {
        let decided = locals(configuration).into_iter().filter_map(|local| self.layered.decided(local));
        decided.fold(0, |mask, value| mask | 1 << u8::from(value))
    }
}

/// A protocol with its coin, phase by phase: not only what can come of a choice, but how likely it is.
pub struct PhaseRules(LayerRules);

impl PhaseRules {
    /// The phases of a layered protocol whose coins are flipped, with the 27 choices of heard-of sets.
    pub fn new(layered: Box<dyn LayeredState>) -> Self {
        PhaseRules(LayerRules { layered, choices: Layering::HeardOf.choices() })
    }

    /// The choices of every phase, those that are the easiest to replay first.
    pub fn choices(&self) -> &[HeardOf] {
        &self.0.choices
    }

    /// The boundary before the first phase.
    pub fn begin(&mut self, inputs: [bool; N]) -> Boundary {
        self.0.begin(inputs)
    }

    /// The phase that a choice makes: who flips a coin in it, and the boundaries to which it leads. There is one for
    /// each way in which the coins can fall, all equally likely; bit i of its place is the coin of the ith flipper.
    pub fn after(&mut self, boundary: Boundary, choice: usize) -> (Vec<ProcessId>, Vec<Boundary>) {
        let outcomes = self.0.outcomes(boundary[0], locals(&boundary), choice);
        let flippers: Vec<ProcessId> =
            ProcessId::all(N).filter(|process| outcomes[process.index()].len() > 1).collect();
        let layer = (boundary[0] + 1) % self.0.layered.layers();
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

    /// The decision of each process at a boundary.
    pub fn decided(&self, boundary: Boundary) -> [Option<bool>; N] {
        locals(&boundary).map(|local| self.0.layered.decided(local))
    }
}

/// A boundary between two phases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayeredNode {
    /// The layer that comes next. Ben-Or's 0 is a report, 1 a proposal. In round r, counted modulo 3, the rotating
    /// coordinator's 2r is the estimate, 2r + 1 the exchange of auxiliary values.
    pub layer: u32,
    /// The values that each process holds: `x=0`, `prop ⊥`, `est=1`, `aux ⊥ est=1`.
    pub words: [String; N],
    /// The decision of each process.
    pub decided: [Option<bool>; N],
    /// The values that can still be decided.
    pub valency: Valency,
    /// True if a run may begin here.
    pub initial: bool,
}

/// A phase: from boundary to boundary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrow {
    /// The boundary before.
    pub from: u32,
    /// The boundary after.
    pub to: u32,
    /// A choice that leads there: the easiest to replay, if there are several.
    pub heard: HeardOf,
    /// The outcome of the coins of each process in it.
    pub coins: [Flips; N],
    /// The answer whether it has a strict schedule.
    pub realisable: Realisable,
}

/// A layered graph, whole.
pub struct LayeredGraph {
    /// The boundaries; those where a run may begin come first, in the order of the inputs given.
    pub nodes: Vec<LayeredNode>,
    /// The phases, by the boundary that they leave.
    pub arrows: Vec<Arrow>,
    /// The numbers that describe it.
    pub census: Census,
    /// Cycles of undecided bivalent boundaries: in each an endless run can stay.
    pub components: Vec<Vec<u32>>,
    inputs: Vec<[bool; N]>,
    configurations: Vec<[u32; N + 1]>,
    layers: LayerRules,
    /// Ways to configurations from the beginnings, which come first; found when they are first asked for.
    routes: Vec<Route>,
    step_table: StepTable,
}

/// The events of a layer.
#[derive(Clone)]
struct LayerStep {
    heard: HeardOf,
    coins: [Flips; N],
}

/// A configuration, and the place of the one before it, with the layer between.
struct Route {
    configuration: [u32; N + 1],
    /// The layers before it, up to those of a round.
    depth: u32,
    before: Option<(usize, LayerStep)>,
}

/// The layered graph of a protocol from these inputs, as far as `limit` boundaries go. The error says why there is
/// none: another protocol, or one with a bound on its rounds.
pub fn explore(
    instance: &Instance,
    inputs: &[[bool; N]],
    layering: Layering,
    limit: usize,
) -> Result<LayeredGraph, String> {
    let Instance { entry, parameters, program } = instance;
    let layered = entry.layered.as_ref().ok_or_else(|| format!("graph: {} has no layered graph", entry.name))?;
    if let Some((name, _)) = entry.bounds(parameters).find(|(_, bound)| bound.is_some()) {
        return Err(format!(
            "parameters.{name}: a layered graph drops the number of the round, and has no bound on it"
        ));
    }
    Ok(build(layered(parameters), program, inputs, layering, limit))
}

fn build(
    layered: Box<dyn LayeredState>,
    program: &Program,
    inputs: &[[bool; N]],
    layering: Layering,
    limit: usize,
) -> LayeredGraph {
    let mut inputs = inputs.to_vec();
    inputs.dedup();
    let mut rules = LayerRules { layered, choices: layering.choices() };
    let roots: Vec<Vec<u32>> = inputs.iter().map(|inputs| rules.begin(*inputs).to_vec()).collect();
    let mut search = Search::new(rules, &roots, limit);
    search.run();
    let valencies = Valencies::new(search.edges(), search.decided(), N);
    let mut census = Census::new(search.edges(), search.decided(), &valencies, search.roots());
    // Everybody moves in every phase, so that nobody can be left out of a run here.
    census.blocked = None;
    census.bound(search.is_complete());
    let violation = search.decided().iter().position(|decided| decided.count_ones() > 1);
    census.shortest_violation = violation.map(|node| search.path(narrow(node)).len() - 1);
    let critical = |node: u32| search.decided()[node as usize] == 0 && valencies.of(node) == Valency::Bivalent;
    let components = super::valency::components(search.edges(), search.len(), critical);
    let nodes = (0..narrow(search.len())).map(|node| {
        let words = search.configuration(node);
        LayeredNode {
            layer: words[0],
            words: locals(words).map(|local| search.rules.layered.words(words[0], local)),
            decided: locals(words).map(|local| search.rules.layered.decided(local)),
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
            let words = search.configuration(from);
            let realisable = search.rules.layered.realisable(words[0], locals(words), &heard);
            arrows.push(Arrow { from, to, heard, coins: label.coins, realisable });
        }
    }
    let step_table = StepTable::new(program, N, Tracked::default());
    let configurations = (0..narrow(search.len())).map(|node| search.configuration(node));
    let configurations = configurations.map(|words| words.try_into().expect("a layer and three states")).collect();
    let (layers, routes) = (search.rules, Vec::new());
    let mut graph =
        LayeredGraph { nodes, arrows, census, components, inputs, configurations, layers, routes, step_table };
    for arrow in 0..graph.arrows.len() {
        // A choice may be possible, and yet not after anything that leads to it.
        if graph.strict(arrow).is_none() {
            graph.arrows[arrow].realisable = Realisable::LayeredOnly;
        }
    }
    graph
}

impl LayeredGraph {
    /// The strict schedule of a path: arrows, each from where the one before leads, the first from an initial node.
    ///
    /// `None` if it has none: some arrow is layered only, or two choices need each other to come first.
    pub fn schedule(&mut self, arrows: &[usize]) -> Option<Vec<StrictEvent>> {
        let inputs = *self.inputs.get(self.arrows[*arrows.first()?].from as usize)?;
        let path: Vec<&Arrow> = arrows.iter().map(|arrow| &self.arrows[*arrow]).collect();
        assert!(path.windows(2).all(|pair| pair[0].to == pair[1].from), "a path's arrows follow each other");
        let path = path.iter().map(|arrow| LayerStep { heard: arrow.heard.clone(), coins: arrow.coins });
        let path: Vec<LayerStep> = path.collect();
        LayerReplay::new(&mut self.step_table, &*self.layers.layered, inputs, &path).run()
    }

    /// The inputs from which an arrow that leaves an initial boundary begins.
    pub fn inputs(&self, arrow: usize) -> [bool; N] {
        self.inputs[self.arrows[arrow].from as usize]
    }

    /// The strict schedule of an arrow: the inputs, the events that lead to it and those that it is made of. `None` if
    /// it is there in the layered model only.
    ///
    /// Heard-of layers lead to it in any case: with at most one sender that loses something, somebody hears
    /// both others in every layer, and no strict run begins like that.
    pub fn strict(&mut self, arrow: usize) -> Option<([bool; N], Vec<StrictEvent>)> {
        if self.routes.is_empty() {
            self.find_routes();
        }
        let Arrow { from, heard, coins, .. } = self.arrows[arrow].clone();
        let from = self.configurations[from as usize];
        let places = (0..self.routes.len()).filter(|place| self.routes[*place].configuration == from);
        for mut place in places.collect::<Vec<usize>>() {
            let mut way = vec![LayerStep { heard: heard.clone(), coins }];
            while let Some((before, layer)) = self.routes[place].before.clone() {
                way.push(layer);
                place = before;
            }
            way.reverse();
            let inputs = self.inputs[place];
            if let Some(events) = LayerReplay::new(&mut self.step_table, &*self.layers.layered, inputs, &way).run() {
                return Some((inputs, events));
            }
        }
        None
    }

    /// Short ways along heard-of layers: if possible those that can be realised anywhere, since they fit together.
    fn find_routes(&mut self) {
        self.layers.choices = Layering::HeardOf.choices();
        let roots = self.configurations[..self.inputs.len()].iter();
        self.routes = roots.map(|root| Route { configuration: *root, depth: 0, before: None }).collect();
        for least in [Realisable::Always, Realisable::NotFirst] {
            self.extend_routes(least);
        }
    }

    fn extend_routes(&mut self, least: Realisable) {
        let mut next = 0;
        while next < self.routes.len() {
            let Route { configuration: from, depth, .. } = self.routes[next];
            let least = if depth == 0 { Realisable::Always } else { least };
            // A choice that is not possible in the first round may be so when its configuration comes back.
            let depth = (depth + 1).min(self.layers.layered.layers());
            for (words, label) in search::successors(&mut self.layers, &from) {
                let heard = self.layers.choices[usize::from(label.choice)].clone();
                let configuration = words.as_slice().try_into().expect("a layer and three states");
                let new = |route: &Route| (route.configuration, route.depth) != (configuration, depth);
                if self.layers.layered.realisable(from[0], locals(&from), &heard) <= least
                    && self.routes.iter().all(new)
                {
                    let before = Some((next, LayerStep { heard, coins: label.coins }));
                    self.routes.push(Route { configuration, depth, before });
                }
            }
            next += 1;
        }
    }

    /// Arrows from a beginning to a cycle of undecided bivalent boundaries, and once round it. All of them can be
    /// realised in every phase, so that it can be gone round for ever. `None` if there is no such cycle: there may
    /// be endless runs all the same, of arrows that a strict run has in some phases only.
    pub fn endless(&self) -> Option<(Vec<usize>, Vec<usize>)> {
        let open = |node: u32| {
            let node = &self.nodes[node as usize];
            node.valency == Valency::Bivalent && node.decided == [None; N]
        };
        let may = |arrow: &Arrow| arrow.realisable == Realisable::Always && open(arrow.from) && open(arrow.to);
        let beginnings = (0..narrow(self.nodes.len())).filter(|node| self.nodes[*node as usize].initial && open(*node));
        let knots: Vec<u32> = self.components.iter().flatten().copied().collect();
        beginnings.flat_map(|begin| knots.iter().map(move |knot| (begin, *knot))).find_map(|(begin, knot)| {
            let prefix = self.way(begin, knot, &may)?;
            let leaving = self.arrows.iter().enumerate().filter(|(_, arrow)| arrow.from == knot && may(arrow));
            let rounds = leaving.filter_map(|(index, arrow)| {
                let back = self.way(arrow.to, knot, &may)?;
                Some([&[index], back.as_slice()].concat())
            });
            Some((prefix, rounds.min_by_key(Vec::len)?))
        })
    }

    /// A shortest way along arrows that `may` be used.
    fn way(&self, from: u32, to: u32, may: &dyn Fn(&Arrow) -> bool) -> Option<Vec<usize>> {
        let mut ways = vec![(from, Vec::new())];
        let mut seen = vec![from];
        let mut next = 0;
        while next < ways.len() {
            let (node, path) = ways[next].clone();
            if node == to {
                return Some(path);
            }
            for (index, arrow) in self.arrows.iter().enumerate().filter(|(_, arrow)| arrow.from == node && may(arrow)) {
                if !seen.contains(&arrow.to) {
                    seen.push(arrow.to);
                    ways.push((arrow.to, [path.as_slice(), &[index]].concat()));
                }
            }
            next += 1;
        }
        None
    }
}

/// A path being turned into a strict schedule.
struct LayerReplay<'a> {
    step_table: &'a mut StepTable,
    layered: &'a dyn LayeredState,
    path: &'a [LayerStep],
    locals: [u32; N],
    /// The layer that each process is in, counted from the first; none has not started.
    layer: [Option<usize>; N],
    /// For each link the message of each layer.
    sent: [[Vec<Option<u32>>; N]; N],
    events: Vec<StrictEvent>,
}

impl<'a> LayerReplay<'a> {
    fn new(
        step_table: &'a mut StepTable,
        layered: &'a dyn LayeredState,
        inputs: [bool; N],
        path: &'a [LayerStep],
    ) -> Self {
        let locals = [0, 1, 2].map(|p| step_table.unstarted(p.into(), Some(Value::Bit(inputs[p]))));
        LayerReplay {
            step_table,
            layered,
            path,
            locals,
            layer: [None; N],
            sent: Default::default(),
            events: Vec::new(),
        }
    }

    /// Lets whoever can go on do so, until all are at the end. That others go on first never hurts; that who is behind
    /// goes on first keeps them together, for nobody may ever need to hear it.
    fn run(mut self) -> Option<Vec<StrictEvent>> {
        while self.layer != [Some(self.path.len()); N] {
            let ready = (0..N).filter(|p| self.may_go_on(*p)).min_by_key(|p| self.layer[*p])?;
            self.go_on(ready);
        }
        Some(self.events)
    }

    /// The number of the layer in its round.
    fn role(&self, layer: usize) -> u32 {
        narrow(layer) % self.layered.layers()
    }

    fn trigger(&self, process: usize, layer: usize) -> Trigger {
        self.layered.trigger(self.role(layer), process, &self.path[layer].heard[process])
    }

    /// The layer in which the process is after its next step: it goes through those in which it needs nothing more.
    fn next_stop(&self, process: usize) -> usize {
        let mut layer = self.layer[process].map_or(0, |layer| layer + 1);
        while layer < self.path.len() && matches!(self.trigger(process, layer), Trigger::AtOnce | Trigger::HearsBoth) {
            layer += 1;
        }
        layer
    }

    /// The layers that the next step goes through and in which the process hears both others: what they say must be in
    /// its inbox when it comes.
    fn hears_both(&self, process: usize) -> Vec<usize> {
        let first = self.layer[process].map_or(0, |layer| layer + 1);
        let passed = first..self.next_stop(process);
        passed.filter(|layer| self.trigger(process, *layer) == Trigger::HearsBoth).collect()
    }

    fn may_go_on(&self, process: usize) -> bool {
        let entered = |other: usize, layer: usize| self.layer[other].is_some_and(|now| now >= layer);
        let both = self.hears_both(process);
        match self.layer[process] {
            // A first step takes in one message at most, so that nobody hears both in it.
            None => both.is_empty(),
            Some(now) if now == self.path.len() => false,
            Some(now) => {
                let triggered = match self.trigger(process, now) {
                    Trigger::Hears(other) => entered(other, now),
                    _ => true,
                };
                let others = || (0..N).filter(|other| *other != process);
                triggered && both.iter().all(|layer| others().all(|other| entered(other, *layer)))
            }
        }
    }

    fn go_on(&mut self, process: usize) {
        let stop = self.next_stop(process);
        let Some(now) = self.layer[process] else {
            self.take(process, NULL, Flips::default(), 0);
            self.layer[process] = Some(stop);
            return;
        };
        for layer in self.hears_both(process) {
            for other in (0..N).filter(|other| *other != process) {
                let message = self.message(other, process, layer);
                self.take(process, message, Flips::default(), now + 1);
            }
        }
        let mut coins = Flips::default();
        for layer in &self.path[now..stop] {
            let flips = layer.coins[process];
            (0..flips.count).for_each(|index| coins.push(flips.get(index) == Some(true)));
        }
        let trigger = match self.trigger(process, now) {
            Trigger::Hears(other) => self.message(other, process, now),
            _ => NULL,
        };
        self.take(process, trigger, coins, now + 1);
        self.layer[process] = Some(stop);
    }

    fn message(&self, from: usize, to: usize, layer: usize) -> u32 {
        self.sent[from][to][layer].expect("it speaks in the layers in which it is heard, and has entered this one")
    }

    /// Takes a step that enters the layers from `first` on, as far as it speaks in them.
    fn take(&mut self, process: usize, cause: u32, coins: Flips, first: usize) {
        let branches = self.step_table.step(self.locals[process], cause);
        let branches = self.step_table.branches(branches);
        let branch = branches.iter().find(|branch| branch.coins == coins).unwrap_or(&branches[0]).clone();
        for to in (0..N).filter(|to| *to != process) {
            let mut layer = first;
            for message in
                self.step_table.sends(&branch).iter().filter(|message| self.step_table.recipient(**message) == to)
            {
                while !self.layered.speaks(narrow(layer) % self.layered.layers(), process) {
                    layer += 1;
                }
                let link = &mut self.sent[process][to];
                link.resize(layer + 1, None);
                link[layer] = Some(*message);
                layer += 1;
            }
        }
        self.locals[process] = branch.local;
        let process = u16::try_from(process).expect("three processes");
        self.events.push(self.step_table.event(StrictStep { process, cause, coins: branch.coins }));
    }
}
