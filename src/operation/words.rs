//! Operations and verdicts in words: for lists, captions and the command line.

use super::history::{Operation, OperationHistory, OperationOutcome};
use super::linearise::{Culprit, Linearisability};
use super::value::OperationValue;

/// An operation and how it ended, short: `read → 1`, `write 1`, `cas [1,2] failed`, `write 3 ?`.
pub fn label(operation: &Operation) -> String {
    let says_nothing = |result: &OperationValue| {
        operation.argument != OperationValue::Null && (*result == OperationValue::Null || *result == operation.argument)
    };
    match &operation.outcome {
        OperationOutcome::Ok(result) if says_nothing(result) => operation.to_string(),
        OperationOutcome::Ok(result) => format!("{operation} → {result}"),
        OperationOutcome::Failed => format!("{operation} failed"),
        OperationOutcome::Unknown => format!("{operation} ?"),
    }
}

/// An operation and how it ended, as a clause: `process 3: read returned 7`.
pub fn clause(operation: &Operation) -> String {
    let ended = match &operation.outcome {
        OperationOutcome::Ok(OperationValue::Null) if operation.argument != OperationValue::Null => "was done".into(),
        OperationOutcome::Ok(result) => format!("returned {}", result.quoted()),
        OperationOutcome::Failed => "failed".into(),
        OperationOutcome::Unknown => "has no known outcome".into(),
    };
    format!("process {}: {} {ended}", operation.process, crate::quote::shortened(&operation.to_string()))
}

/// Why the culprit fits nowhere.
pub fn why(culprit: &Culprit) -> String {
    let Some(possible) = &culprit.possible else {
        return "it fits nowhere among the operations before it".into();
    };
    let mut names: Vec<&String> = possible.iter().map(|(name, _)| name).collect();
    names.dedup();
    let clauses = names.into_iter().map(|name| {
        let values = possible.iter().filter(|(other, _)| other == name).map(|(_, value)| value.quoted());
        let values: Vec<String> = values.collect();
        let (last, others) = values.split_last().expect("the name is of one of them");
        let values = if others.is_empty() { last.clone() } else { format!("{} or {last}", others.join(", ")) };
        format!("the {name} can only have been {values}")
    });
    let clauses: Vec<String> = clauses.collect();
    if clauses.is_empty() { "it fits nowhere among the operations before it".into() } else { clauses.join(", and ") }
}

/// A verdict in a sentence.
pub fn sentence(history: &OperationHistory, verdict: &Linearisability) -> String {
    match verdict {
        Linearisability::Linearisable(order) => format!(
            "Linearisable: {} of {} operations took effect, one after the other in the order found.",
            order.len(),
            history.operations().len()
        ),
        Linearisability::NotLinearisable(Some(culprit)) => {
            let operation = &history.operations()[culprit.operation];
            format!("Not linearisable: {}; {}.", clause(operation), why(culprit))
        }
        Linearisability::NotLinearisable(None) => {
            "Not linearisable; the search for the operation that fits nowhere came to a limit.".into()
        }
        Linearisability::Unknown => "Unknown: the search for an order came to a limit.".into(),
    }
}
