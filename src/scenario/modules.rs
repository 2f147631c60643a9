//! The modules that run at each process under the protocol, and the roles of processes.

use crate::process::{Name, ProcessId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt::Display;

/// A module under a protocol.
///
/// In a file it is the name of what it runs, `"perfect-link"`, and stands on the line before it; or
/// `{"module": "reliable-broadcast", "name": "rb", "uses": ["beb"]}`, which names those that it asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleLine {
    /// The name of this module, different from those of the others; that of what it runs unless said otherwise.
    pub name: Name,
    /// The catalogue's name of what it runs.
    pub module: Name,
    /// The names of the modules that it asks, all of lines before it, and `"network"`; `None` is the line before it, or
    /// the network for the first.
    pub uses: Option<Vec<Name>>,
}

/// The name of the network among the modules.
pub const NETWORK: &str = "network";

impl ModuleLine {
    /// A line that says only what runs.
    pub fn new(module: impl Into<Name>) -> Self {
        let module = module.into();
        ModuleLine { name: module.clone(), module, uses: None }
    }

    /// A line that asks these modules.
    pub fn using(self, uses: &[&'static str]) -> Self {
        ModuleLine { uses: Some(uses.iter().map(|name| Name::Borrowed(name)).collect()), ..self }
    }

    /// Modules that stand on each other, bottom first.
    pub fn stack<T: Into<Name>>(modules: impl IntoIterator<Item = T>) -> Vec<ModuleLine> {
        modules.into_iter().map(ModuleLine::new).collect()
    }

    fn is_plain(&self) -> bool {
        self.name == self.module && self.uses.is_none()
    }
}

impl Display for ModuleLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the name of a module, or {\"module\", \"name\", \"uses\"}")]
struct WholeLine {
    module: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uses: Option<Vec<String>>,
}

impl Serialize for ModuleLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_plain() {
            return serializer.serialize_str(&self.module);
        }
        let name = (self.name != self.module).then(|| self.name.to_string());
        let uses = self.uses.as_ref().map(|uses| uses.iter().map(Name::to_string).collect());
        WholeLine { module: self.module.to_string(), name, uses }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ModuleLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lines;
        impl<'de> de::Visitor<'de> for Lines {
            type Value = ModuleLine;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a module, or {\"module\", \"name\", \"uses\"}")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<ModuleLine, E> {
                Ok(ModuleLine::new(name.to_owned()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ModuleLine, A::Error> {
                let line = WholeLine::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let module = Name::Owned(line.module);
                let name = line.name.map_or_else(|| module.clone(), Name::Owned);
                Ok(ModuleLine { name, module, uses: line.uses.map(|uses| uses.into_iter().map(Name::Owned).collect()) })
            }
        }
        deserializer.deserialize_any(Lines)
    }
}

/// A role of the protocol: which processes have it, and what stands under the protocol there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleLine {
    /// The processes that have it.
    pub processes: Vec<ProcessId>,
    /// The modules under the protocol there; those of the scenario if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<ModuleLine>>,
}
