//! Requests of users to the processes: planned requests, and workloads.

use crate::process::{Invocation, ProcessId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most operations of a workload, for each process.
pub const OPERATIONS_MAX: u32 = 10_000;

/// A request of a user. Its name in a run is its process and its number among those of that process, from 1.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRequest {
    /// When it is made, in milliseconds; without, somebody makes it: an intervention or a line of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// The process that is asked.
    pub process: ProcessId,
    /// The request: its name, then its arguments.
    pub request: Invocation,
}

/// The habit of the users of a scenario: each makes a request, waits for the response, thinks, and makes the next.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// The number of requests that each process gets.
    pub operations: u32,
    /// The mean time that a user thinks before each request, in milliseconds: it is drawn from 0 to twice as much.
    #[serde(default = "half_a_second")]
    pub think_ms: u64,
    /// The weight of each request beside the others; all are made equally often if empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mix: BTreeMap<String, u32>,
    /// The processes that are asked; all that take requests if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<ProcessId>,
    /// True if all values that are made up are equal; otherwise they differ: `p0.1`, `p0.2`, …
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub equal: bool,
}

fn half_a_second() -> u64 {
    500
}
