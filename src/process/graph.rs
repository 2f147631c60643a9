//! Modules joined at run time: what a step of a whole process does.
//!
//! A process is an acyclic graph of module instances, as in the textbook ("uses a reliable broadcast *and* consensus"). A
//! stack, in which each module asks the one below for everything, is the simple case. All modules of a process share one
//! queue, first in, first out, which is drained before the step ends: to the outside a step is atomic.

use super::address::{Address, Addressed};
use super::{
    Effect, Indication, Input, Interface, Layer, LayerState, Local, LocalKnowledge, Name, Payload, ProcessId, Request,
    StepContext, Stored, Timer, Value, WhenOff,
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
    /// What it means that it is switched off.
    pub when_off: WhenOff,
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
    /// The modules that pass everything on while they are off, a bit for each place.
    transparent: u32,
}

impl ModuleGraph {
    /// A graph of at least one module. Each uses only modules before it; each but the last has a user.
    pub fn new(mut modules: Vec<Module>) -> Self {
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
        let top = modules.len() - 1;
        if !matches!(modules[top].when_off, WhenOff::StaysOn(_)) {
            modules[top].when_off = WhenOff::StaysOn("it is what the run is about".into());
        }
        let bit =
            |(place, module): (usize, &Module)| u32::from(matches!(module.when_off, WhenOff::Transparent(_))) << place;
        ModuleGraph {
            users,
            network: Rc::new(Users::of(Provider::Network, &modules)),
            transparent: modules.iter().enumerate().map(bit).sum(),
            modules: modules.into(),
        }
    }

    /// A stack of layers, each with its name, bottom first: each asks the one below it for everything.
    pub fn stack(layers: impl IntoIterator<Item = (Name, Rc<dyn Layer>)>) -> Self {
        let module = |(place, (name, layer)): (usize, (Name, Rc<dyn Layer>))| Module {
            name,
            when_off: layer.when_off(),
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

    /// The places of the modules of this name: in a stack a protocol may stand twice.
    pub fn places(&self, name: &str) -> impl Iterator<Item = usize> {
        let named = move |(_, module): &(usize, &Module)| module.name == name;
        self.modules.iter().enumerate().filter(named).map(|(place, _)| place)
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
        (0..self.modules.len()).try_for_each(|place| {
            self.run(context, knowledge, states, (place, Input::Start))?;
            self.stay_off(context, knowledge, states, place)
        })
    }

    /// A module with a behaviour of its own that is off has just started: it hears that it is off.
    fn stay_off(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        place: usize,
    ) -> Result<(), Runaway> {
        let own = context.off & !self.transparent;
        if own >> place & 1 == 0 {
            return Ok(());
        }
        self.run(context, knowledge, states, (place, Input::Switch(false)))
    }

    /// The module in a place is switched off or on; `stored` is what it had stored.
    pub fn switch(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        (place, on): (usize, bool),
        stored: Option<&Stored>,
    ) -> Result<(), Runaway> {
        let transparent = self.transparent >> place & 1 == 1;
        if on {
            context.off &= !(1 << place);
            let input = if transparent { Input::Recover(stored.cloned()) } else { Input::Switch(true) };
            return self.run(context, knowledge, states, (place, input));
        }
        self.hand(context, knowledge, states, (place, Input::Switch(false)));
        context.off |= 1 << place;
        if transparent {
            states[place] = self.modules[place].layer.init(self.local(knowledge, place));
        }
        self.drain(context, knowledge, states)
    }

    /// The first step after a crash: every module recovers, from the bottom up, with what it had stored.
    pub fn recover(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        stored: &[Option<Stored>],
    ) -> Result<(), Runaway> {
        (0..self.modules.len()).try_for_each(|place| {
            self.run(context, knowledge, states, (place, Input::Recover(stored[place].clone())))?;
            self.stay_off(context, knowledge, states, place)
        })
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
        self.hand(context, knowledge, states, first);
        self.drain(context, knowledge, states)
    }

    /// Hands what is in the queue to the modules, first in, first out, until nothing is left.
    fn drain(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
    ) -> Result<(), Runaway> {
        let mut handovers = 1;
        while let Some((place, input)) = context.queue.pop_front() {
            handovers += 1;
            if handovers > HANDOVERS_MAX {
                context.queue.clear();
                return Err(Runaway { layer: place });
            }
            self.hand(context, knowledge, states, (place, input));
        }
        Ok(())
    }

    /// Hands one input to the module in a place, and makes its effects happen.
    #[inline]
    fn hand(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        (place, input): (usize, Input),
    ) {
        if (context.off & self.transparent) >> place & 1 == 1 {
            return self.pass_on(context, place, input);
        }
        self.modules[place].layer.handle(self.local(knowledge, place), &mut states[place], input, context);
        let StepContext { effects, outcomes, queue, explain, .. } = context;
        for effect in effects.drain(..) {
            self.effect(place, effect, outcomes, queue, *explain);
        }
    }

    /// The module in a place is off: what is asked of it, it asks below, and what comes from below goes up.
    #[cold]
    fn pass_on(&self, context: &mut StepContext, place: usize, input: Input) {
        let effect = match input {
            Input::Request(request) => Effect::Request(request),
            Input::Indication(indication) => Effect::Indicate(indication),
            Input::Start | Input::Recover(_) | Input::Timeout(_) | Input::Switch(_) => return,
        };
        let StepContext { outcomes, queue, explain, .. } = context;
        self.effect(place, effect, outcomes, queue, *explain);
        if *explain {
            outcomes.push(Outcome::Because(
                format!("its module {} is off, and passes it on", self.modules[place].name).into(),
            ));
        }
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
    names: Rc<[Name]>,
}

impl Program {
    /// A program with these roles, at least one, in the order of their numbers.
    pub fn new(roles: impl Into<Rc<[ModuleGraph]>>) -> Self {
        let roles = roles.into();
        assert!(!roles.is_empty(), "a program has at least one role");
        let mut names: Vec<Name> = Vec::new();
        for module in roles.iter().flat_map(ModuleGraph::modules) {
            if !names.contains(&module.name) {
                names.push(module.name.clone());
            }
        }
        Program { roles, names: names.into() }
    }

    /// The modules of each role.
    pub fn roles(&self) -> &[ModuleGraph] {
        &self.roles
    }

    /// The modules of the process that knows this of itself.
    pub fn of(&self, knowledge: &LocalKnowledge) -> &ModuleGraph {
        &self.roles[knowledge.top.role]
    }

    /// The names of the modules of all roles together, each once, in the order in which they stand in the first role that
    /// has them. With one role these are its modules, bottom first.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Checks that the module of this number among all names can be switched off, in every role. The error says why not.
    pub fn can_switch(&self, number: usize) -> Result<(), String> {
        let Some(name) = self.names.get(number) else {
            return Err(format!("there is no module {number}: they are counted from the bottom, from 0"));
        };
        let modules = self.roles.iter().flat_map(ModuleGraph::modules);
        modules.filter(|module| module.name == *name).try_for_each(|module| match &module.when_off {
            WhenOff::StaysOn(reason) => Err(format!("{name} cannot be switched off: {reason}")),
            _ => Ok(()),
        })
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
