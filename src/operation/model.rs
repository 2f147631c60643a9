//! Sequential specifications: all that one operation after the other can do.

use super::value::OperationValue;

/// A call, as a specification reads it from an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reading<C> {
    /// A call with its result.
    Answered(C),
    /// A call whose result nobody knows: it may have taken effect or not.
    Unanswered(C),
}

/// Something that a call finds at some place in an order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CallObservation<C> {
    /// The call with the result that is right there, and that is right only where the same is found.
    pub call: C,
    /// The name of the thing that it finds, such as the balance of an account.
    pub name: String,
    /// The value of that thing.
    pub value: OperationValue,
}

/// A sequential specification of an object: its states, and what each call does to them.
///
/// It may be nondeterministic: a call in a state leads to any number of states, and to none where its result is wrong.
/// A call without its result leads wherever the same call with some result leads, if that is not the same state: its
/// effect is then seen later, or never. A history is judged with it by [`super::Linearisation`].
pub trait Specification {
    /// A state. Equal states are one.
    type State: Clone + Ord;
    /// A call with its argument, and with its result where that is known. Equal calls do the same.
    type Call: Clone + Ord;

    /// The state before the first call.
    fn initial(&self) -> Self::State;

    /// The call that an operation stands for; without `result` it is unanswered. The error says what is wrong and what
    /// is allowed.
    fn read(
        &self,
        name: &str,
        argument: &OperationValue,
        result: Option<&OperationValue>,
    ) -> Result<Reading<Self::Call>, String>;

    /// Appends the states to which `call` leads from `state`.
    fn step(&self, state: &Self::State, call: &Self::Call, next: &mut Vec<Self::State>);

    /// True if the call, with its result, changes nothing that any other call could see, in any state.
    fn is_query(&self, call: &Self::Call) -> bool;

    /// True if from every state the two lead to the same states in either order, which may be none. To say false is
    /// always right, and costs time.
    fn commute(&self, one: &Self::Call, other: &Self::Call) -> bool {
        self.is_query(one) && self.is_query(other)
    }

    /// The parts of the object that the call uses; none if it may use all of them. Calls on different parts neither see
    /// nor hinder each other, so each part is an object of its own (the locality of Herlihy and Wing).
    fn keys(&self, _call: &Self::Call) -> Option<Vec<OperationValue>> {
        None
    }

    /// About how many bytes a state takes: a search that is limited in memory adds them up.
    fn bytes(&self, _state: &Self::State) -> usize {
        size_of::<Self::State>()
    }

    /// The part of `state` on which the result of `call` depends, if there is one to tell.
    fn observe(&self, _state: &Self::State, _call: &Self::Call) -> Option<CallObservation<Self::Call>> {
        None
    }
}
