//! A protocol with its parameters on the layers below it: what runs.

use super::{Catalogue, Entry, Interface, Parameters};
use crate::process::{Layer, Stack};
use std::rc::Rc;
use std::sync::Arc;

/// A protocol with its parameters, on a stack of layers.
#[derive(Clone)]
pub struct Instance {
    /// The protocol on top.
    pub entry: Arc<Entry>,
    /// Its parameters, and those of the layers below.
    pub parameters: Parameters,
    /// The layers that run.
    pub stack: Stack,
}

impl Catalogue {
    /// The protocol `name` with these parameters, over the layers `under`, bottom first; over its own choice of layers
    /// if that is `None`. The error names what does not fit.
    pub fn instance<'a>(
        &self,
        name: &str,
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
        under: Option<&[String]>,
    ) -> Result<Instance, String> {
        let entry = self.find(name)?;
        let parameters = self.parameters(&entry, given)?;
        let stack = self.stack(&entry, &parameters, under)?;
        Ok(Instance { entry, parameters, stack })
    }

    /// The stack of `entry`: the layers `under`, bottom first (the entry's own choice if `None`), then this protocol
    /// with `parameters`.
    ///
    /// Layers below the top have the parameters that are given for them in `parameters`, or else their defaults. The
    /// error names the layer that does not fit.
    pub fn stack(&self, entry: &Entry, parameters: &Parameters, under: Option<&[String]>) -> Result<Stack, String> {
        let names: Vec<&str> = match under {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => entry.under.iter().map(|name| &**name).collect(),
        };
        if let Some(layer) = parameters.layers().find(|layer| !names.contains(layer)) {
            return Err(format!("parameters.{layer}: {layer} is no layer under {}", entry.name));
        }
        let mut offered = vec![Interface::Send];
        let mut below = "the network".to_owned();
        let mut layers: Vec<Rc<dyn Layer>> = Vec::new();
        for name in names {
            let layer = self.find(name).map_err(|error| format!("modules: {error}"))?;
            fits(&layer, &below, &offered)?;
            if layer.provides.is_empty() {
                return Err(format!("modules: {} offers nothing to a layer above it", layer.name));
            }
            // What a detector tells goes up through the layers that do not care. Messages do not: each layer has its own.
            offered.retain(|interface| matches!(interface, Interface::Suspect | Interface::Trust));
            offered.extend(layer.provides.iter().map(|service| service.interface()));
            below = layer.name.clone().into_owned();
            let own = parameters.below(name).cloned().unwrap_or_else(|| Parameters::of(&layer));
            layers.push((layer.build)(&own));
        }
        fits(entry, &below, &offered)?;
        layers.push((entry.build)(parameters));
        Ok(Stack::new(layers))
    }

    /// Whether `entry` runs over these layers, bottom first.
    pub fn fits(&self, entry: &Entry, under: &[String]) -> bool {
        self.stack(entry, &Parameters::of(entry), Some(under)).is_ok()
    }
}

fn fits(entry: &Entry, below: &str, offered: &[Interface]) -> Result<(), String> {
    match entry.needs.iter().find(|service| !offered.contains(&service.interface())) {
        None => Ok(()),
        Some(service) => {
            let needed = service.text();
            Err(format!("modules: {} needs {needed} of the layers below, and {below} offers none", entry.name))
        }
    }
}
