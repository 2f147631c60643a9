//! Modules joined at run time: what a step of a whole process does.
//!
//! A process is an acyclic graph of module instances, as in the textbook ("uses a reliable broadcast *and* consensus"). A
//! stack, in which each module asks the one below for everything, is the simple case. All modules of a process share one
//! queue, first in, first out, which is drained before the step ends: to the outside a step is atomic.

use super::address::{Address, Addressed};
use super::{
    Effect, Indication, Input, Interface, Layer, LayerState, Local, LocalKnowledge, Name, Payload, ProcessId, Request,
    StepContext, Stored, Timer, Value,
};
use std::collections::VecDeque;
use std::rc::Rc;

/// One effect of a whole step, as the world outside the process sees it.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// A message for the network.
    Send {
        /// The process that shall get it.
        to: ProcessId,
        /// The content of the message.
        payload: Payload,
    },
    /// An indication of the top module to its user; a decision is [`Outcome::Decide`].
    Indicate(Indication),
    /// A timer of a module was started, in microseconds of the local clock.
    SetTimer(u8, Timer, u64),
    /// A timer of a module was stopped.
    CancelTimer(u8, Timer),
    /// A module stored a record.
    Store(u8, Stored),
    /// The decision register was written.
    Decide(Value),
    /// A reason in words.
    Because(Name),
}

/// The most hand-overs between modules that one step may take.
pub const HANDOVERS_MAX: usize = 10_000;

/// The most modules of a process.
pub const MODULES_MAX: usize = 32;

/// A step whose modules kept waking each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Runaway {
    /// The module that was to be woken when the limit was hit, counted from the bottom.
    pub layer: usize,
}

/// The destination of a module's requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Provider {
    /// To the network, which only sends.
    Network,
    /// To the module in this place, counted from the bottom.
    Module(u8),
}

/// A module instance of a process.
#[derive(Clone)]
pub struct Module {
    /// Its name, different from those of the others.
    pub name: Name,
    /// The protocol that it runs.
    pub layer: Rc<dyn Layer>,
    /// The providers to which its requests go and from which its indications come, for each [`Interface`] in the order
    /// of their numbers.
    pub uses: [Option<Provider>; Interface::COUNT],
}

/// The modules that use one module, or the network.
#[derive(Clone, Default)]
struct Users {
    /// For each interface, in order.
    by_interface: [Vec<usize>; Interface::COUNT],
    /// Those that get messages through it.
    carried: Vec<usize>,
}

impl Users {
    fn of(provider: Provider, modules: &[Module]) -> Users {
        let by_interface = Interface::ALL.map(|interface| {
            let uses = |module: &&Module| module.uses[interface as usize] == Some(provider);
            modules.iter().enumerate().filter(|(_, module)| uses(module)).map(|(place, _)| place).collect()
        });
        let mut users = Users { by_interface, carried: Vec::new() };
        let [links, broadcast, ..] = &users.by_interface;
        users.carried = links.iter().chain(broadcast).copied().collect();
        users.carried.sort_unstable();
        users.carried.dedup();
        users
    }

    /// True if everything that it carries has to say which module it is for.
    fn share(&self) -> bool {
        self.carried.len() > 1
    }
}

/// The modules of a process, each above those that it uses. The last one is the top: its user's requests go there.
#[derive(Clone)]
pub struct ModuleGraph {
    modules: Rc<[Module]>,
    users: Rc<[Users]>,
    network: Rc<Users>,
}

impl ModuleGraph {
    /// A graph of at least one module. Each uses only modules before it; each but the last has a user.
    pub fn new(modules: Vec<Module>) -> Self {
        assert!((1..=MODULES_MAX).contains(&modules.len()), "a process has 1 to {MODULES_MAX} modules");
        let users = |place: usize| Users::of(Provider::Module(place as u8), &modules);
        let users: Rc<[Users]> = (0..modules.len()).map(users).collect();
        for (place, module) in modules.iter().enumerate() {
            let below = |provider: &Provider| match provider {
                Provider::Network => true,
                Provider::Module(other) => usize::from(*other) < place,
            };
            assert!(module.uses.iter().flatten().all(below), "a module stands above those that it uses");
            let used = users[place].by_interface.iter().any(|users| !users.is_empty());
            assert_eq!(used, place + 1 < modules.len(), "each module but the top has a user");
        }
        ModuleGraph { users, network: Rc::new(Users::of(Provider::Network, &modules)), modules: modules.into() }
    }

    /// A stack of layers, each with its name, bottom first: each asks the one below it for everything.
    pub fn stack(layers: impl IntoIterator<Item = (Name, Rc<dyn Layer>)>) -> Self {
        let module = |(place, (name, layer)): (usize, (Name, Rc<dyn Layer>))| Module {
            name,
            layer,
            uses: match place.checked_sub(1) {
                None => std::array::from_fn(|interface| {
                    (interface == Interface::Links as usize).then_some(Provider::Network)
                }),
                Some(below) => [Some(Provider::Module(below as u8)); Interface::COUNT],
            },
        };
        ModuleGraph::new(layers.into_iter().enumerate().map(module).collect())
    }

    /// The modules, each above those that it uses.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The places of the modules that use the one in this place, directly or through others.
    pub fn above(&self, place: usize) -> impl Iterator<Item = usize> {
        let mut reached = vec![false; self.modules.len()];
        reached[place] = true;
        for user in place + 1..self.modules.len() {
            let reaches =
                |provider: &Provider| matches!(provider, Provider::Module(below) if reached[usize::from(*below)]);
            reached[user] = self.modules[user].uses.iter().flatten().any(reaches);
        }
        (place + 1..self.modules.len()).filter(move |above| reached[*above])
    }

    /// The knowledge of the process that the module in this place has.
    fn local<'a>(&self, knowledge: &'a LocalKnowledge, place: usize) -> &'a Local {
        if place + 1 == self.modules.len() { &knowledge.top } else { &knowledge.below }
    }

    /// The states of a process that has not started, one for each module.
    pub fn init(&self, knowledge: &LocalKnowledge) -> Vec<LayerState> {
        let state = |(place, module): (usize, &Module)| module.layer.init(self.local(knowledge, place));
        self.modules.iter().enumerate().map(state).collect()
    }

    /// See [`Protocol::timeout_enabled`](super::Protocol::timeout_enabled): the lowest module that has one, and its timer.
    pub fn timeout_enabled(&self, knowledge: &LocalKnowledge, states: &[LayerState]) -> Option<(u8, Timer)> {
        (0u8..).zip(self.modules.iter().zip(states)).find_map(|(place, (module, state))| {
            let local = self.local(knowledge, usize::from(place));
            module.layer.timeout_enabled(local, state).map(|timer| (place, timer))
        })
    }

    /// True if a module looks at the process's clock.
    pub fn is_timed(&self) -> bool {
        self.modules.iter().any(|module| module.layer.is_timed())
    }

    fn top(&self) -> usize {
        self.modules.len() - 1
    }

    /// The label of the top module.
    pub fn label(&self, knowledge: &LocalKnowledge, states: &[LayerState]) -> String {
        self.modules[self.top()].layer.label(&knowledge.top, &states[self.top()])
    }

    /// The first step: every module starts, from the bottom up.
    pub fn start(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
    ) -> Result<(), Runaway> {
        (0..self.modules.len()).try_for_each(|place| self.run(context, knowledge, states, (place, Input::Start)))
    }

    /// The first step after a crash: every module recovers, from the bottom up, with what it had stored.
    pub fn recover(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        stored: &[Option<Stored>],
    ) -> Result<(), Runaway> {
        (0..self.modules.len())
            .try_for_each(|place| self.run(context, knowledge, states, (place, Input::Recover(stored[place].clone()))))
    }

    /// A message arrives from the network.
    pub fn deliver(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        from: ProcessId,
        payload: Payload,
    ) -> Result<(), Runaway> {
        match self.carried(&self.network, from, payload, &mut context.outcomes, context.explain) {
            Some(first) => self.run(context, knowledge, states, first),
            None => Ok(()),
        }
    }

    /// The process's user asks the top module for something.
    pub fn request(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        request: Request,
    ) -> Result<(), Runaway> {
        self.run(context, knowledge, states, (self.top(), Input::Request(request)))
    }

    /// A timer of the module in the place `layer` fires.
    pub fn timeout(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        layer: u8,
        timer: Timer,
    ) -> Result<(), Runaway> {
        self.run(context, knowledge, states, (usize::from(layer), Input::Timeout(timer)))
    }

    /// The module that a message is for, and what it gets: that which is written on the message, where several could
    /// get it. A message for none of them is dropped.
    fn carried(
        &self,
        users: &Users,
        from: ProcessId,
        payload: Payload,
        outcomes: &mut Vec<Outcome>,
        explain: bool,
    ) -> Option<(usize, Input)> {
        let deliver = |payload: Payload| Input::Indication(Indication::Deliver { from, payload });
        let known = match &users.carried[..] {
            [only] => return Some((*only, deliver(payload))),
            several => payload.try_get().and_then(|Addressed { address, payload }| {
                let named =
                    |place: &&usize| matches!(address, Address::Module(name) if *name == self.modules[**place].name);
                Some((*several.iter().find(named)?, deliver(payload.clone())))
            }),
        };
        if known.is_none() && explain {
            let reason = format!("no module takes the message “{}”, and it is dropped", payload.text());
            outcomes.push(Outcome::Because(reason.into()));
        }
        known
    }

    /// The request of `place`, with its name on it where several ask the same provider to carry something.
    fn addressed(&self, place: usize, users: &Users, request: Request) -> Request {
        if !users.share() {
            return request;
        }
        let address = |payload| Addressed::payload(Address::Module(self.modules[place].name.clone()), payload);
        match request {
            Request::Send { to, payload } => Request::Send { to, payload: address(payload) },
            Request::Broadcast(payload) => Request::Broadcast(address(payload)),
            other => other,
        }
    }

    /// Hands an input to the module in a place, and what it causes to the others, first in, first out.
    fn run(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        first: (usize, Input),
    ) -> Result<(), Runaway> {
        let mut next = Some(first);
        let mut handovers = 0;
        while let Some((place, input)) = next.take().or_else(|| context.queue.pop_front()) {
            handovers += 1;
            if handovers > HANDOVERS_MAX {
                context.queue.clear();
                return Err(Runaway { layer: place });
            }
            self.modules[place].layer.handle(self.local(knowledge, place), &mut states[place], input, context);
            let StepContext { effects, outcomes, queue, explain, .. } = context;
            for effect in effects.drain(..) {
                self.effect(place, effect, outcomes, queue, *explain);
            }
        }
        Ok(())
    }

    /// Makes one effect of the module in a place happen.
    #[inline]
    fn effect(
        &self,
        place: usize,
        effect: Effect,
        outcomes: &mut Vec<Outcome>,
        queue: &mut VecDeque<(usize, Input)>,
        explain: bool,
    ) {
        let layer = place as u8;
        match effect {
            Effect::Request(request) => {
                let provider = self.modules[place].uses[request.interface() as usize];
                match provider.expect("the catalogue checks that a module has below it what it needs") {
                    Provider::Network => match self.addressed(place, &self.network, request) {
                        Request::Send { to, payload } => outcomes.push(Outcome::Send { to, payload }),
                        other => unreachable!("a module asks the network to send, only, and not {other:?}"),
                    },
                    Provider::Module(below) => {
                        let below = usize::from(below);
                        let request = self.addressed(place, &self.users[below], request);
                        queue.push_back((below, Input::Request(request)));
                    }
                }
            }
            Effect::Indicate(Indication::Decide(value)) if place == self.top() => {
                outcomes.push(Outcome::Decide(value.value().unwrap_or_else(|| Value::from(&*value.text()))));
            }
            Effect::Indicate(indication) if place == self.top() => outcomes.push(Outcome::Indicate(indication)),
            Effect::Indicate(Indication::Deliver { from, payload }) => {
                let carried = self.carried(&self.users[place], from, payload, outcomes, explain);
                queue.extend(carried);
            }
            Effect::Indicate(indication) => {
                let users = &self.users[place].by_interface[indication.interface() as usize];
                queue.extend(users.iter().map(|user| (*user, Input::Indication(indication.clone()))));
            }
            Effect::SetTimer(timer, after_us) => outcomes.push(Outcome::SetTimer(layer, timer, after_us)),
            Effect::CancelTimer(timer) => outcomes.push(Outcome::CancelTimer(layer, timer)),
            Effect::Store(record) => outcomes.push(Outcome::Store(layer, record)),
            Effect::Because(reason) => outcomes.push(Outcome::Because(reason)),
        }
    }
}

/// The program of a system: a graph of modules for each role. Most systems have one role.
#[derive(Clone)]
pub struct Program {
    roles: Rc<[ModuleGraph]>,
}

impl Program {
    /// A program with these roles, at least one, in the order of their numbers.
    pub fn new(roles: impl Into<Rc<[ModuleGraph]>>) -> Self {
        let roles = roles.into();
        assert!(!roles.is_empty(), "a program has at least one role");
        Program { roles }
    }

    /// The modules of each role.
    pub fn roles(&self) -> &[ModuleGraph] {
        &self.roles
    }

    /// The modules of the process that knows this of itself.
    pub fn of(&self, knowledge: &LocalKnowledge) -> &ModuleGraph {
        &self.roles[knowledge.top.role]
    }

    /// True if a module of some role looks at the process's clock.
    pub fn is_timed(&self) -> bool {
        self.roles.iter().any(ModuleGraph::is_timed)
    }
}

/// A program of one role.
impl From<ModuleGraph> for Program {
    fn from(graph: ModuleGraph) -> Self {
        Program::new([graph])
    }
}
