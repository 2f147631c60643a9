//! Messages that wait for their turn: what the layers that keep an order have in common.

use crate::process::{Message, Out, Payload, ProcessId};
use serde::Serialize;

/// Numbers given out and numbers awaited, on one or more lines. Each line has its own 0, 1, 2, …
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Turns {
    /// The number that the next message gets, on each line.
    pub next: Vec<u32>,
    /// The number whose turn it is, on each line.
    pub due: Vec<u32>,
    /// The messages that came before their turn: line, number, writer and content; in order.
    pub waiting: Vec<(usize, u32, ProcessId, Payload)>,
}

impl Turns {
    /// Nothing was sent and nothing has come, on so many lines.
    pub fn new(lines: usize) -> Turns {
        Turns { next: vec![0; lines], due: vec![0; lines], waiting: Vec::new() }
    }

    /// The number of the next message on `line`.
    pub fn number(&mut self, line: usize) -> u32 {
        self.next[line] += 1;
        self.next[line] - 1
    }

    /// Takes a message of `origin` that came with this number, and gives back those whose turn it is now.
    pub fn take(
        &mut self,
        line: usize,
        number: u32,
        origin: ProcessId,
        payload: &Payload,
    ) -> Vec<(ProcessId, Payload)> {
        let place = self.waiting.partition_point(|(l, n, ..)| (*l, *n) < (line, number));
        let known = self.waiting.get(place).is_some_and(|(l, n, ..)| (*l, *n) == (line, number));
        if number >= self.due[line] && !known {
            self.waiting.insert(place, (line, number, origin, payload.clone()));
        }
        let mut ready = Vec::new();
        while let Some(place) = self.waiting.iter().position(|(l, n, ..)| (*l, *n) == (line, self.due[line])) {
            let (.., origin, payload) = self.waiting.remove(place);
            ready.push((origin, payload));
            self.due[line] += 1;
        }
        ready
    }

    /// Waits for nobody's turn any more: what waits is delivered, each line in its order.
    pub fn let_go<M: Message>(&mut self, out: &mut Out<'_, M>) {
        let count = self.waiting.len();
        for (_, _, origin, payload) in self.waiting.drain(..) {
            out.deliver(origin, payload);
        }
        if count > 0 {
            out.because(|| format!("it waits for nobody's turn any more, and delivers the {count} that it kept"));
        }
    }

    /// Why so many messages became ready when `number` came on `line`.
    pub fn reason(&self, line: usize, number: u32, ready: usize) -> String {
        match ready {
            0 if number < self.due[line] => format!("it has delivered number {number} before"),
            0 => format!("number {number} is too early: it keeps it until number {} has come", self.due[line]),
            1 => format!("it is the turn of number {number}, so it delivers it"),
            _ => format!("number {number} was missing: now it delivers it and the {} after it", ready - 1),
        }
    }

    /// The number of messages that wait, for the label beside the process.
    pub fn label(&self) -> String {
        if self.waiting.is_empty() { String::new() } else { format!("keeps {}", self.waiting.len()) }
    }
}
