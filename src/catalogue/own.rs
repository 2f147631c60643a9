//! Properties of one's own: from the texts of a scenario, or of a command line, to what is judged.

use super::{Instance, is_kebab};
use crate::process::{LayerState, Local, LocalKnowledge, ProcessId, Value};
use crate::property::{OwnProperty, vocabulary};
use crate::quote::quoted;
use crate::scenario::{PROPERTIES_MAX, PROPERTY_NAME_BYTES_MAX, PropertyText};

/// Reads the properties for runs of `instance` whose processes are given these inputs. Their names differ from each other
/// and from those of what the protocol promises. The error names the field, and what is wrong in its text, where, and what
/// would be right.
pub fn own_properties(
    instance: &Instance,
    inputs: &[Option<Value>],
    texts: &[PropertyText],
) -> Result<Vec<OwnProperty>, String> {
    if texts.len() > PROPERTIES_MAX {
        return Err(format!("properties: there are {}; at most {PROPERTIES_MAX} are read", texts.len()));
    }
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    instance.entry.check_inputs(inputs)?;
    let promised = instance.entry.properties.iter().map(|property| property.name());
    // The names of variables do not depend on who has them.
    let first = inputs.first().cloned().flatten();
    let knowledge = LocalKnowledge::from(Local::complete(ProcessId(0), inputs.len(), first));
    let layers: Vec<LayerState> = instance.program.roles().iter().flat_map(|role| role.init(&knowledge)).collect();
    let vocabulary = vocabulary(inputs.len(), &layers, promised);
    let mut own: Vec<OwnProperty> = Vec::new();
    for (place, property) in texts.iter().enumerate() {
        let name = &property.name;
        let field = format!("properties[{place}]");
        if !is_kebab(name) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(format!("{field}.name: {} is not in kebab-case, such as one-leader", quoted(name)));
        }
        if name.len() > PROPERTY_NAME_BYTES_MAX {
            return Err(format!("{field}.name: {} is longer than {PROPERTY_NAME_BYTES_MAX} bytes", quoted(name)));
        }
        if instance.entry.promises().any(|(known, _)| known == name) || own.iter().any(|known| known.name() == name) {
            return Err(format!("{field}.name: {} is the name of another property", quoted(name)));
        }
        let (kind, text, in_the_end) = match (&property.invariant, &property.eventually) {
            (Some(text), None) => ("invariant", text, false),
            (None, Some(text)) => ("eventually", text, true),
            _ => return Err(format!("{field}: one of \"invariant\" and \"eventually\" says what it is")),
        };
        let read = OwnProperty::read(name, text, in_the_end, &vocabulary);
        own.push(read.map_err(|errors| format!("{field}.{kind}: {errors}"))?);
    }
    Ok(own)
}
