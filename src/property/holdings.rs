//! Holdings: the money on the books of processes, as the properties of banks and the board see it.

use crate::process::LayerState;
use std::sync::Arc;

/// The money of a process with this state in the protocol on top.
type ReadMoney = dyn Fn(&LayerState) -> Option<i64> + Send + Sync;

/// The way to read the money that a process holds from its state in the protocol on top.
#[derive(Clone)]
pub struct Holdings {
    read: Arc<ReadMoney>,
}

impl Holdings {
    /// Holdings of processes whose states in the protocol on top are of the type `S`. `money` is `None` where a process
    /// has no book.
    pub fn new<S: 'static>(money: impl Fn(&S) -> Option<i64> + Send + Sync + 'static) -> Self {
        Holdings { read: Arc::new(move |top| money((**top).as_any().downcast_ref()?)) }
    }

    /// The money of a process with this state in the protocol on top; `None` where it has no book.
    pub fn money(&self, top: &LayerState) -> Option<i64> {
        (self.read)(top)
    }
}
