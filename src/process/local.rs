//! The knowledge that a process has of itself and of its system from the start.

use super::{Name, ProcessId, Value};
use std::rc::Rc;

/// The roles of a system, each with its processes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roles(Vec<(Name, Vec<ProcessId>)>);

impl Roles {
    /// These roles, in the order of their numbers.
    pub fn new(roles: Vec<(Name, Vec<ProcessId>)>) -> Self {
        Roles(roles)
    }

    /// One role without a name, of all `n` processes.
    pub fn one(n: usize) -> Self {
        Roles(vec![(Name::default(), ProcessId::all(n).collect())])
    }

    /// The processes of the role `name`, in order; none if there is no such role.
    pub fn processes(&self, name: &str) -> &[ProcessId] {
        self.0.iter().find(|(role, _)| role == name).map_or(&[], |(_, processes)| processes)
    }

    /// The roles, each with its processes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[ProcessId])> {
        self.0.iter().map(|(name, processes)| (&**name, &processes[..]))
    }

    /// The number of the role that `process` has.
    pub fn of(&self, process: ProcessId) -> usize {
        self.0.iter().position(|(_, processes)| processes.contains(&process)).expect("every process has a role")
    }
}

/// The knowledge that a process has of itself before anything has happened.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its own name.
    pub me: ProcessId,
    /// The number of processes.
    pub n: usize,
    /// The input from its user. Only the top module sees it.
    pub input: Option<Value>,
    /// The processes it may send to, itself excluded, in order.
    pub peers: Rc<[ProcessId]>,
    /// The roles of the system.
    pub roles: Rc<Roles>,
    /// The number of its own role.
    pub role: usize,
}

impl Local {
    /// A process that is connected with all others.
    pub fn complete(me: ProcessId, n: usize, input: Option<Value>) -> Self {
        Local {
            me,
            n,
            input,
            peers: ProcessId::all(n).filter(|peer| *peer != me).collect(),
            roles: Rc::new(Roles::one(n)),
            role: 0,
        }
    }
}
