//! Saying and answering: what the users of causal order have in common.
//!
//! A word of the input that has a slash in it, `heard/said`, is an answer: `said` is said when `heard` is first
//! delivered. All other words are said at the start.

use super::words;
use crate::process::{Local, Payload, UserMessage, Value};
use serde::Serialize;

/// The meaning of the inputs.
pub const MEANING: &str = "the words that this process says, separated by spaces; “a/b” says b when it has heard a";

/// The answers that were given.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Talk {
    /// The places of the answers given, in the order in which they were.
    pub answered: Vec<usize>,
}

/// The words of a process that answer nothing.
pub fn openings(local: &Local) -> Vec<Payload> {
    let plain = words(local).into_iter().filter(|word| !word.to_string().contains('/'));
    plain.map(|word| Payload::new(UserMessage(word))).collect()
}

impl Talk {
    /// The answers of the process to `heard`: each is given once.
    pub fn answers(&mut self, local: &Local, heard: Option<Value>) -> Vec<Payload> {
        let heard = heard.map(|word| word.to_string());
        let mut answers = Vec::new();
        for (place, word) in words(local).iter().enumerate() {
            let text = word.to_string();
            if let Some((cause, said)) = text.split_once('/')
                && Some(cause) == heard.as_deref()
                && !self.answered.contains(&place)
            {
                self.answered.push(place);
                answers.push(Payload::new(UserMessage(said.into())));
            }
        }
        answers
    }
}
