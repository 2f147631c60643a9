//! Modules that can be switched off and on while a run goes on.

use super::Lab;
use crate::engine::Choice;
use crate::process::{Module, ModuleGraph, Name, WhenOff};

/// A module of a run, and its switch.
#[derive(Clone, PartialEq, Debug)]
pub struct ModuleSwitch {
    /// Its name.
    pub name: Name,
    /// True if it is on.
    pub on: bool,
    /// What it means that it is off, or why it cannot be.
    pub when_off: WhenOff,
    /// The choice that switches it.
    pub choice: Choice,
    /// The reason why it cannot be switched now, if so.
    pub refused: Option<String>,
}

impl Lab {
    /// The modules of all roles together, each name once, bottom first.
    pub fn switches(&self) -> Vec<ModuleSwitch> {
        let engine = self.history().engine();
        let program = &engine.setup().program;
        let switch = |(layer, name): (u8, &Name)| {
            let on = engine.is_on(usize::from(layer));
            let choice = Choice::Switch { layer, on: !on };
            let mut modules = program.roles().iter().flat_map(ModuleGraph::modules);
            let module: &Module = modules.find(|module| module.name == *name).expect("names are those of modules");
            let refused = engine.admissible(&choice).err().map(|refusal| refusal.0);
            ModuleSwitch { name: name.clone(), on, when_off: module.when_off.clone(), choice, refused }
        };
        (0..).zip(program.names()).map(switch).collect()
    }
}
