//! The branches of the run, for those who want to go to another one.

use super::Lab;
use crate::history::{Branch, BranchSummary, Scheduler};
use crate::scene::choice_words;

/// The most branches that are shown: the latest ones, and the one that is open.
const SHOWN_MAX: usize = 12;

impl Lab {
    /// The branches that have a future of their own, in the order in which they came to be.
    ///
    /// In a run in which a person makes every choice, each choice begins a branch, and what it leaves goes no further:
    /// those are one line.
    pub fn branches(&self) -> Vec<usize> {
        let history = self.history();
        let by_hand = self.scenario().scheduler == Scheduler::ByHand;
        let all = history.branches();
        let goes_on = |branch: usize| {
            let children = all.iter().filter_map(|child| child.parent).filter(|(parent, _)| *parent == branch);
            !by_hand || children.clone().count() == 0 || children.clone().all(|(_, at)| at < all[branch].summary.events)
        };
        let mut shown: Vec<usize> =
            (0..all.len()).filter(|branch| *branch == history.current() || goes_on(*branch)).collect();
        while shown.len() > SHOWN_MAX {
            shown.remove(usize::from(shown[0] == history.current()));
        }
        shown
    }

    /// The extent to which a branch was run.
    pub fn summary(&self, branch: usize) -> BranchSummary {
        let history = self.history();
        if branch == history.current() { history.summary() } else { history.branches()[branch].summary.clone() }
    }

    /// The branches as lines of a picture: each with its parent, or the nearest one that is shown, and its summary.
    pub fn lines(&self) -> Vec<(usize, Option<usize>, BranchSummary)> {
        let shown = self.branches();
        let parent = |branch: usize| self.history().branches()[branch].parent.map(|(parent, _)| parent);
        let above = |branch: usize| {
            let mut above = parent(branch);
            while let Some(hidden) = above.filter(|above| !shown.contains(above)) {
                above = parent(hidden);
            }
            above
        };
        shown.iter().map(|branch| (*branch, above(*branch), self.summary(*branch))).collect()
    }

    /// The difference that makes a branch, in words.
    pub fn branch_words(&self, branch: usize) -> String {
        let Branch { parent, interventions, .. } = &*self.history().branches()[branch];
        match (parent, interventions.last()) {
            (Some((_, event)), Some(act)) => {
                format!("{} after event {event}", choice_words(self.scenario(), &act.choice))
            }
            (_, None) => "untouched".into(),
            (None, _) => "as it was opened".into(),
        }
    }
}
