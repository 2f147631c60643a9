//! Versions of the file format. Files and links of version 1 open for ever: they are read as what they say today.
//!
//! Changes of version 2: the layers under the protocol are its `modules` (they were its `stack`), the application
//! that only sends messages is called `plain-messages` (it was `letters`), and a link says after which `event` one looks
//! (it was a `position`: the number is the same).

use super::VERSION;
use crate::quote::plain_error;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields that the format keeps for what is not built yet.
const RESERVED: &[&str] = &["program"];

/// The part of a file that must be known before the rest can be read.
#[derive(Deserialize)]
#[serde(expecting = "a scenario: an object with a field \"version\"")]
struct Head {
    version: u64,
    #[serde(flatten)]
    fields: BTreeMap<String, IgnoredAny>,
}

/// The version of a file's text. The error is that of the JSON, or says which versions are read, or names a field that
/// comes later.
pub(super) fn version_of(text: &str) -> Result<u32, String> {
    let head: Head = serde_json::from_str(text).map_err(|error| plain_error(&error.to_string()))?;
    if let Some(field) = RESERVED.iter().find(|field| head.fields.contains_key(**field)) {
        return Err(format!("{field}: this field is kept for later, and this laboratory does not read it yet"));
    }
    match u32::try_from(head.version) {
        Ok(version) if (1..=VERSION).contains(&version) => Ok(version),
        _ => Err(format!("version: {} is not known; this laboratory reads versions 1 to {VERSION}", head.version)),
    }
}

/// A scenario of version 1 as one of version 2. What is wrong in it stays wrong, and is named when it is read.
pub(super) fn upgrade(scenario: &mut Value) {
    let Some(fields) = scenario.as_object_mut() else { return };
    fields.insert("version".into(), VERSION.into());
    if let Some(stack) = fields.remove("stack") {
        fields.insert("modules".into(), stack);
    }
    let rename = |name: &mut Value| {
        if name == "letters" {
            *name = "plain-messages".into();
        }
    };
    fields.get_mut("protocol").into_iter().for_each(rename);
    if let Some(modules) = fields.get_mut("modules").and_then(Value::as_array_mut) {
        modules.iter_mut().for_each(rename);
    }
}
