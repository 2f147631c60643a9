//! Partitions: the effect of a line across the board, for those who draw none.

use super::behaviour::TICKED_MAX;
use super::fields::crowd;
use bivalent::engine::{Choice, ProcessSet};
use bivalent::lab::Action;
use bivalent::process::ProcessId;
use yew::prelude::*;

/// The properties of the editor.
#[derive(Properties, PartialEq)]
pub(super) struct PartitionProps {
    /// The number of processes.
    pub processes: usize,
    /// The directions that are cut.
    pub cuts: Vec<(ProcessId, ProcessId)>,
    /// Something is to be done.
    pub on_act: Callback<Action>,
}

/// The editor of partitions.
#[component]
pub(super) fn Partition(props: &PartitionProps) -> Html {
    let side = use_state(ProcessSet::default);
    let ticked = {
        let side = side.clone();
        Callback::from(move |process: ProcessId| {
            let members = ProcessId::all(128).filter(|known| side.contains(*known) != (*known == process));
            side.set(ProcessSet::of(members));
        })
    };
    let chosen = *side;
    let cuts: Vec<String> = props.cuts.iter().map(|(from, to)| format!("{from} → {to}")).collect();
    html! {
        <>
            <p class="soft">{ match &cuts[..] {
                [] => "Every link works. Draw a line across the board to part the processes, or choose who is cut off.".to_owned(),
                [..] if cuts.len() > 12 => format!("{} directions of links are cut.", cuts.len()),
                [..] => format!("Cut: {}.", cuts.join(", ")),
            } }</p>
            if props.processes <= TICKED_MAX {
                { crowd("one side", ProcessId::all(props.processes), |process| chosen.contains(process), ticked) }
                <p class="buttons">
                    <button id="part" disabled={chosen.is_empty()} onclick={props.on_act.reform(move |_| Action::Choose(Choice::Partition(chosen)))}>
                        { "Partition" }
                    </button>
                    <button id="heal" disabled={cuts.is_empty()} onclick={props.on_act.reform(|_| Action::Choose(Choice::Heal))}>
                        { "Mend all links" }
                    </button>
                </p>
            }
        </>
    }
}
