//! Edits: all that can be undone and redone, in the order in which it was done.
//!
//! An edit is an intervention on a branch, a change of the scenario, or another scenario. It is kept as the whole
//! session that it left, so undo and redo need to know of no kind of edit: they exchange sessions.

use super::Session;
use super::ask::same_run;
use super::session::RunTree;
use crate::history::{Branch, BranchSummary, Intervention, Mark};
use crate::scenario::Scenario;
use std::rc::Rc;

/// The most edits that can be undone. The oldest are forgotten first.
pub const EDITS_MAX: usize = 1_000;

/// The most bytes that edits take, about; those that are undone count apart. The oldest are forgotten first, but the
/// last one is always kept.
pub const EDIT_BYTES_MAX: usize = 8 << 20;

/// A session that an edit, or its undoing, has left.
struct Edit {
    session: Session,
    /// The number of bytes that the text of its scenario takes.
    scenario_bytes: usize,
}

impl Edit {
    /// The number of bytes that it takes beside what it shares with the one before it.
    fn bytes(&self, before: Option<&Edit>) -> usize {
        let run = &self.session.run;
        let before = before.map(|before| &before.session.run);
        let shared_scenario = before.is_some_and(|before| Rc::ptr_eq(&before.scenario, &run.scenario));
        let shared = before.map_or(&[][..], |before| &before.branches);
        let own = |(index, branch): (usize, &Rc<Branch>)| match shared.get(index) {
            Some(other) if Rc::ptr_eq(other, branch) => 0,
            _ => branch_bytes(branch),
        };
        let scenario = if shared_scenario { 0 } else { self.scenario_bytes };
        let pointers = size_of_val(&*run.branches) + size_of_val(&*self.session.seat.places);
        size_of::<Edit>() + pointers + scenario + run.branches.iter().enumerate().map(own).sum::<usize>()
    }
}

fn branch_bytes(branch: &Branch) -> usize {
    let BranchSummary { marks, .. } = &branch.summary;
    size_of::<Branch>()
        + branch.interventions.len() * size_of::<Intervention>()
        + marks.len() * size_of::<(u64, Mark)>()
}

/// A list of edits within its bounds.
#[derive(Default)]
struct EditList(Vec<Edit>);

impl EditList {
    fn push(&mut self, session: Session) {
        let same = |edit: &&Edit| Rc::ptr_eq(&edit.session.run.scenario, &session.run.scenario);
        let known = self.0.last().filter(same).map(|edit| edit.scenario_bytes);
        let scenario_bytes = known.unwrap_or_else(|| session.run.scenario.to_json().len());
        self.0.push(Edit { session, scenario_bytes });
        while self.0.len() > 1 && (self.0.len() > EDITS_MAX || self.bytes() > EDIT_BYTES_MAX) {
            // A tenth at once, so that a full list is not counted for each of them.
            self.0.drain(..self.0.len().div_ceil(10));
        }
    }

    fn bytes(&self) -> usize {
        let before = std::iter::once(None).chain(self.0.iter().map(Some));
        self.0.iter().zip(before).map(|(edit, before)| edit.bytes(before)).sum()
    }
}

/// All that was done, and all that was undone since.
#[derive(Default)]
pub(super) struct Edits {
    done: EditList,
    undone: EditList,
}

impl Edits {
    /// Something else was done; `before` is the session that it left. What was undone cannot be redone any more.
    pub(super) fn note(&mut self, before: Session) {
        self.done.push(before);
        self.undone.0.clear();
    }

    /// The session before the last edit; `now` is the one that redoing it leads to.
    pub(super) fn undo(&mut self, now: Session) -> Option<Session> {
        let before = self.done.0.pop()?.session;
        self.undone.push(now);
        Some(before)
    }

    /// The session after the edit that was undone last; `now` is the one that undoing it leads to.
    pub(super) fn redo(&mut self, now: Session) -> Option<Session> {
        let after = self.undone.0.pop()?.session;
        self.done.push(now);
        Some(after)
    }

    /// True if there is something to undo.
    pub(super) fn can_undo(&self) -> bool {
        !self.done.0.is_empty()
    }

    /// True if there is something to redo.
    pub(super) fn can_redo(&self) -> bool {
        !self.undone.0.is_empty()
    }

    /// The future of a run that was undone since: the run as it was before the first undoing.
    pub(super) fn undone_of(&self, scenario: &Rc<Scenario>) -> Option<&RunTree> {
        let mut runs = self.undone.0.iter().map(|edit| &edit.session.run);
        runs.find(|run| same_run(&run.scenario, scenario).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::engine::Choice;
    use crate::lab::{Action, Lab};
    use crate::process::ProcessId;

    #[test]
    fn edits_take_no_more_bytes_than_they_may_and_share_what_they_have_in_common() {
        let catalogue = Catalogue::builtin();
        let mut lab = Lab::new(&catalogue, catalogue.scenario("in-step").expect("in the gallery")).expect("valid");
        let large = Scenario { title: "x".repeat(1 << 20), ..lab.scenario().clone() };
        for seed in 0..20 {
            lab.act(Action::Open(Box::new(Scenario { seed, ..large.clone() })));
            assert!(lab.edits.done.bytes() <= EDIT_BYTES_MAX);
        }
        assert_eq!(lab.edits.done.0.len(), 7, "of a megabyte each, with a little beside it");
        lab.act(Action::Undo);
        assert_eq!(lab.scenario().seed, 18);
        // Many interventions in one run: its scenario counts once, and each branch once.
        let before = lab.edits.done.bytes();
        for turn in 0..100 {
            let choice = Choice::Slow { process: ProcessId(0), extra_ms: 1 + turn % 2 };
            lab.act(Action::Choose(choice));
            assert_eq!(lab.notice(), None);
        }
        assert_eq!(lab.edits.done.0.len(), 106);
        assert!(lab.edits.done.bytes() - before < 3 << 20, "{}", lab.edits.done.bytes() - before);
    }
}
