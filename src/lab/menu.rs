//! The actions of a person on a process, a message or a link.

use super::{Action, Lab};
use crate::catalogue::RequestForm;
use crate::engine::{Choice, ProcessSet, Status};
use crate::history::Scheduler;
use crate::model::{Behaviour, Rate};
use crate::process::ProcessId;
use crate::scene::Target;

/// The most things to say instead that the menu of a message offers, and the most old messages that of the intruder.
const OFFERS: usize = 5;

/// An entry of the menu of a process, a message or a link.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Its action.
    pub label: String,
    /// The way to do it.
    pub action: Action,
    /// True if it would change anything.
    pub enabled: bool,
    /// The reason why it would not, where there is one to read.
    pub reason: Option<String>,
    /// The request with arguments that its action still needs: the page asks for them first.
    pub form: Option<RequestForm>,
    /// The promise of the models that it would break.
    pub breaks: Option<&'static str>,
}

impl Lab {
    /// The actions of a person on `target`.
    pub fn menu(&self, target: Target) -> Vec<Item> {
        let engine = self.history().engine();
        let item = |label: &str, choice: Choice| Item {
            label: label.to_owned(),
            enabled: engine.admissible(&choice).is_ok(),
            reason: None,
            form: None,
            breaks: engine.forbids(&choice),
            action: Action::Choose(choice),
        };
        let mut items = match target {
            Target::Process(process) => {
                let state = engine.process(process);
                let mut items = Vec::new();
                if state.status == Status::Fresh {
                    items.push(item("Start", Choice::Start(process)));
                }
                items.extend(self.questions(process));
                for layer in 0..engine.modules(process).modules().len() as u8 {
                    let choice = Choice::Timeout { process, layer };
                    if engine.admissible(&choice).is_ok() {
                        items.push(item("Time out now", choice));
                    }
                }
                items.push(item("Crash now", Choice::Crash { process, after_effects: None }));
                items.push(item("Crash after 1 more effect", Choice::Crash { process, after_effects: Some(1) }));
                let after_sends = 1;
                items.push(item("Crash after 1 more message", Choice::CrashSending { process, after_sends }));
                items.push(item("Recover", Choice::Recover(process)));
                let slow = state.slow_us > 0;
                let extra_ms = if slow { 0 } else { 2_000 };
                let label = if slow { "As fast as before" } else { "Make slow" };
                items.push(item(label, Choice::Slow { process, extra_ms }));
                // Half of the others hear the twin.
                let others = ProcessId::all(engine.processes().len()).filter(|other| *other != process);
                let twin = ProcessSet::of(others.skip(1).step_by(2));
                let honest = Behaviour::default();
                for (label, behaviour) in [
                    ("silent", Behaviour::silent()),
                    ("lies", Behaviour { lies: Rate(1_000_000), ..honest }),
                    ("tells each another story", Behaviour { twin, ..honest }),
                    ("sends late", Behaviour { delay_ms: 2_000, ..honest }),
                    ("repeats itself", Behaviour { replays: Rate(1_000_000), ..honest }),
                ] {
                    let label = format!("Make Byzantine: {label}");
                    items.push(item(&label, Choice::Byzantine { process, behaviour }));
                }
                items.push(item("Cut off from the others", Choice::Partition(ProcessSet::of([process]))));
                items.push(item("Mend all links", Choice::Heal));
                let seeing = self.see_as() == Some(process);
                items.push(Item {
                    label: if seeing { "See everything".into() } else { format!("See as {process}") },
                    action: Action::SeeAs((!seeing).then_some(process)),
                    enabled: true,
                    reason: None,
                    form: None,
                    breaks: None,
                });
                items
            }
            Target::Message(id) => {
                let mut items = vec![
                    item("Deliver now", Choice::Deliver(id)),
                    item("Hold", Choice::Hold(id)),
                    item("Let it go on", Choice::Release(id)),
                    item("Drop", Choice::Lose(id)),
                    item("Duplicate", Choice::Duplicate(id)),
                    item("Send it once more", Choice::Replay(id)),
                ];
                let lies = engine.flight(id).map(|flight| flight.payload.lies()).unwrap_or_default();
                for (lie, said) in (0..=u8::MAX).zip(lies).take(OFFERS) {
                    let label = format!("Change it into “{}”", said.text());
                    items.push(item(&label, Choice::Alter { message: id, lie }));
                }
                items
            }
            Target::Intruder => {
                let heard = engine.heard().iter().rev().filter(|heard| heard.by.is_none());
                let replay = heard.take(OFFERS).map(|heard| {
                    let (from, to) = (heard.id.from, heard.id.to);
                    item(
                        &format!("Send once more: {from} → {to}, “{}”", heard.payload.text()),
                        Choice::Replay(heard.id),
                    )
                });
                replay.collect()
            }
            Target::Link(one, other) => {
                let mut items = Vec::new();
                for (from, to) in [(one, other), (other, one)] {
                    if engine.is_cut(from, to) {
                        items.push(item(&format!("Mend {from} → {to}"), Choice::Mend { from, to }));
                    } else {
                        items.push(item(&format!("Cut {from} → {to}"), Choice::Cut { from, to }));
                    }
                }
                // Everybody is on the side of the end that is nearer on the board.
                let (here, there) = (self.seat.places[one.index()], self.seat.places[other.index()]);
                let nearer = |id: &ProcessId| {
                    let place = self.seat.places[id.index()];
                    *id == other || (*id != one && place.distance(there) < place.distance(here))
                };
                let side = ProcessSet::of(ProcessId::all(engine.processes().len()).filter(nearer));
                let names: Vec<String> = side.processes().map(|process| process.to_string()).collect();
                let label = format!("Partition here: cut off {}", names.join(", "));
                items.push(item(&label, Choice::Partition(side)));
                items.push(item("Mend all links", Choice::Heal));
                items
            }
            Target::Event(_) | Target::Node(_) | Target::Gst => return Vec::new(),
        };
        let action = Action::Select(Some(target));
        items.push(Item { label: "Inspect".into(), action, enabled: true, reason: None, form: None, breaks: None });
        items
    }

    /// The action of a plain click on `target`: where a person schedules, it is the next step; else it selects.
    pub fn click(&self, target: Option<Target>) -> Action {
        let by_hand = self.scenario().scheduler == Scheduler::ByHand;
        let engine = self.history().engine();
        match target {
            Some(Target::Message(id)) if by_hand => Action::Choose(Choice::Deliver(id)),
            Some(Target::Process(process)) if by_hand && engine.process(process).status == Status::Fresh => {
                Action::Choose(Choice::Start(process))
            }
            Some(Target::Event(event)) => Action::Seek(event),
            target => Action::Select(target),
        }
    }
}
