//! A protocol with its parameters on the modules below it: what runs.

use super::{Catalogue, Entry, Parameters, Role, Service};
use crate::process::{Indexed, Interface, Layer, Module, ModuleGraph, Name, Program, Provider, WhenOff};
use crate::quote::quoted;
use crate::scenario::{ModuleLine, NETWORK};
use std::rc::Rc;
use std::sync::Arc;

/// A protocol with its parameters, on the modules that it asks.
#[derive(Clone)]
pub struct Instance {
    /// The protocol on top.
    pub entry: Arc<Entry>,
    /// Its parameters, and those of the modules below.
    pub parameters: Parameters,
    /// The modules that run, for each role.
    pub program: Program,
}

/// A module on its way into a graph.
struct ModulePlace {
    name: Name,
    /// The interfaces that it offers, and those of detectors below it whose indications it passes on.
    offers: Vec<Interface>,
    provides: Vec<Service>,
}

impl Catalogue {
    /// The protocol `name` with these parameters, over the modules `under`; over its own choice of modules if that is
    /// `None`. The error names what does not fit.
    pub fn instance<'a>(
        &self,
        name: &str,
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
        under: Option<&[ModuleLine]>,
    ) -> Result<Instance, String> {
        let entry = self.find(name)?;
        let parameters = self.parameters(&entry, given)?;
        let program = self.program(&entry, &parameters, |_| under)?;
        Ok(Instance { entry, parameters, program })
    }

    /// The program of the processes of each role: the modules that `under` says for the role of this name (the entry's
    /// own choice if `None`), then this protocol.
    pub fn program<'a>(
        &self,
        entry: &Entry,
        parameters: &Parameters,
        under: impl Fn(&str) -> Option<&'a [ModuleLine]>,
    ) -> Result<Program, String> {
        let graph = |role: &Role| self.modules(entry, role, parameters, under(&role.name).unwrap_or(&entry.under));
        Ok(Program::new(entry.roles.iter().map(graph).collect::<Result<Vec<ModuleGraph>, String>>()?))
    }

    /// The modules `under`, then this protocol in the role `role` with `parameters`.
    ///
    /// Modules below the top have the parameters that are given for what they run in `parameters`, or else their
    /// defaults. Where no line says what it uses, they are a stack: each asks the one before it for everything, and what
    /// a detector tells goes up through those that do not care. Otherwise a module asks, for each thing that it needs, the
    /// last of those that it uses which offers just that, or else one that is spoken with in the same way; the protocol
    /// on top may ask all of them. The error names the module that does not fit.
    fn modules(
        &self,
        entry: &Entry,
        role: &Role,
        parameters: &Parameters,
        under: &[ModuleLine],
    ) -> Result<ModuleGraph, String> {
        if let Some(module) = parameters.modules().find(|module| !under.iter().any(|line| line.module == *module)) {
            return Err(format!("parameters.{module}: {module} is no module under {}", entry.name));
        }
        if under.len() >= crate::process::MODULES_MAX {
            return Err(format!("modules: at most {}", crate::process::MODULES_MAX - 1));
        }
        let is_stack = under.iter().all(|line| line.uses.is_none());
        let mut placed =
            vec![ModulePlace { name: NETWORK.into(), offers: vec![Interface::Links], provides: vec![Service::Links] }];
        let mut modules: Vec<Module> = Vec::new();
        for line in under {
            let layer = self.find(&line.module).map_err(|error| format!("modules: {error}"))?;
            if !is_stack && placed.iter().any(|other| other.name == line.name) {
                return Err(format!("modules: there is more than one {}", quoted(&line.name)));
            }
            if layer.provides.is_empty() {
                return Err(format!("modules: {} offers nothing to a module above it", layer.name));
            }
            if layer.roles.len() > 1 {
                return Err(format!("modules: {} has roles, and stands on top only", layer.name));
            }
            let used = uses(line, &placed)?;
            let uses = bind(&layer, &placed, &used, is_stack)?;
            let mut offers: Vec<Interface> = layer.provides.iter().map(|service| service.interface()).collect();
            if is_stack {
                let told = placed.last().expect("the network is there").offers.iter();
                offers.extend(told.filter(|told| matches!(told, Interface::Detector | Interface::Leader)));
            }
            let own = parameters.below(&line.module).cloned().unwrap_or_else(|| Parameters::of(&layer));
            let built = (layer.roles[0].build)(&own);
            let when_off = when_off(&*built, &layer, &uses, &placed);
            modules.push(Module { name: line.name.clone(), layer: built, uses, when_off });
            placed.push(ModulePlace { name: line.name.clone(), offers, provides: layer.provides.clone() });
        }
        let all: Vec<usize> = if is_stack { vec![placed.len() - 1] } else { (0..placed.len()).collect() };
        let uses = bind(entry, &placed, &all, is_stack)?;
        let built = (role.build)(parameters);
        let when_off = built.when_off();
        modules.push(Module { name: entry.name.clone(), layer: built, uses, when_off });
        index(entry, &mut modules)?;
        let used = |place: usize| {
            let provider = Some(Provider::Module(place as u8));
            modules.iter().any(|module| module.uses.contains(&provider))
        };
        if let Some(idle) = (0..modules.len() - 1).find(|place| !used(*place)) {
            return Err(format!("modules: nobody uses {}", modules[idle].name));
        }
        Ok(ModuleGraph::new(modules))
    }

    /// True if `entry` runs over these modules.
    pub fn fits(&self, entry: &Entry, under: &[ModuleLine]) -> bool {
        self.program(entry, &Parameters::of(entry), |_| Some(under)).is_ok()
    }
}

/// The places of those that the module of a line uses; the network is in place 0.
fn uses(line: &ModuleLine, placed: &[ModulePlace]) -> Result<Vec<usize>, String> {
    let Some(names) = &line.uses else { return Ok(vec![placed.len() - 1]) };
    let place = |name: &Name| {
        let known = placed.iter().position(|other| other.name == *name);
        known.ok_or_else(|| format!("modules: {} uses {}, which no line before it names", line.name, quoted(name)))
    };
    names.iter().map(place).collect()
}

/// The providers to which the requests of a module go.
fn bind(
    entry: &Entry,
    placed: &[ModulePlace],
    used: &[usize],
    is_stack: bool,
) -> Result<[Option<Provider>; Interface::COUNT], String> {
    let provider = |place: usize| match place.checked_sub(1) {
        None => Provider::Network,
        Some(module) => Provider::Module(module as u8),
    };
    let mut uses = [None; Interface::COUNT];
    for service in &entry.needs {
        let interface = service.interface();
        let exactly = used.iter().rfind(|place| placed[**place].provides.contains(service));
        let alike = || used.iter().rfind(|place| placed[**place].offers.contains(&interface));
        let Some(place) = exactly.or_else(alike) else {
            let below: Vec<&str> = used.iter().map(|place| &*placed[*place].name).collect();
            let below = match &below[..] {
                [NETWORK] => "the network".to_owned(),
                names => names.join(", "),
            };
            let needed = service.text();
            return Err(format!("modules: {} needs {needed} of the layers below, and {below} offers none", entry.name));
        };
        uses[interface as usize] = Some(provider(*place));
    }
    // In a stack what a module does not care about goes through it.
    Ok(if is_stack && used[0] > 0 { [Some(provider(used[0])); Interface::COUNT] } else { uses })
}

/// What it means that a module is switched off in this place: one that would pass on what is asked of it stays on where
/// what it uses does not take it.
fn when_off(
    layer: &dyn Layer,
    entry: &Entry,
    uses: &[Option<Provider>; Interface::COUNT],
    placed: &[ModulePlace],
) -> WhenOff {
    let when_off = layer.when_off();
    if !matches!(when_off, WhenOff::Transparent(_)) {
        return when_off;
    }
    let takes = |service: &&Service| match uses[service.interface() as usize] {
        Some(Provider::Network) => service.interface() == Interface::Links,
        Some(Provider::Module(place)) => placed[usize::from(place) + 1].offers.contains(&service.interface()),
        None => false,
    };
    // What a detector says nobody asks for.
    let asked = |service: &&Service| !matches!(service.interface(), Interface::Detector | Interface::Leader);
    match entry.provides.iter().filter(asked).find(|service| !takes(service)) {
        Some(service) => WhenOff::StaysOn(format!("below it nothing offers {}", service.text()).into()),
        None => when_off,
    }
}

/// Gives an instance for each number to the modules that `entry`, the last one, asks for them by number.
fn index(entry: &Entry, modules: &mut [Module]) -> Result<(), String> {
    let (top, below) = modules.split_last_mut().expect("the protocol itself is there");
    for service in &entry.indexed {
        let Some(Provider::Module(place)) = top.uses[service.interface() as usize] else { continue };
        let others = |module: &Module| module.uses.contains(&Some(Provider::Module(place)));
        if below.iter().any(others) {
            return Err(format!("modules: {} is for {} alone", below[usize::from(place)].name, entry.name));
        }
        let module = &mut below[usize::from(place)];
        module.layer = Rc::new(Indexed(Rc::clone(&module.layer))) as Rc<dyn Layer>;
        module.when_off = module.layer.when_off();
    }
    Ok(())
}
