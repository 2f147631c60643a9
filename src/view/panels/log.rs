//! The log, event by event: the rows in view, of however many there are.

use super::props::SidePanelProps;
use bivalent::history::Fact;
use bivalent::lab::{Action, EventFilter, EventKind, Lab};
use bivalent::process::ProcessId;
use bivalent::scene::{caption, choice_words};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlSelectElement};
use yew::prelude::*;

/// The number of rows that are made beyond those in view, on each side.
const MARGIN: usize = 4;

/// Until the first row has been measured: its height, and that of the list, in pixels.
const GUESSED: (f64, f64) = (64.0, 640.0);

const KINDS: [(EventKind, &str, &str); 4] = [
    (EventKind::All, "all", "everything"),
    (EventKind::Decisions, "decisions", "decisions and violations"),
    (EventKind::Faults, "faults", "faults"),
    (EventKind::Deliveries, "deliveries", "deliveries"),
];

/// The messages of the log.
pub enum LogMsg {
    Scrolled,
    /// Rows turned out to be of another height.
    Measured,
    Kind(EventKind),
    Of(Option<ProcessId>),
}

/// The log. The latest is on top; what is still to come after the present stands above it.
pub struct Log {
    list: NodeRef,
    /// The filter, and its name: made from the run, and made again where that changes.
    rows: RefCell<Rows>,
    /// The scroll position, and the heights of a row and of the list, in pixels.
    scrolled: f64,
    sizes: (f64, f64),
    /// The present that was last brought into view.
    shown: Option<u64>,
}

/// The number of captions that are kept.
const CAPTIONS: usize = 200;

#[derive(Default)]
struct Rows {
    filter: EventFilter,
    /// Events, the hashes after them, and their captions.
    captions: Vec<(u64, u64, Rc<str>)>,
}

impl Rows {
    /// The captions of these events; those that were made before are not made again.
    fn captions(&mut self, lab: &Lab, events: &[u64]) -> Vec<(u64, u64, Rc<str>)> {
        let history = lab.history();
        let hash = |event: u64| history.record(event).map_or(0, |record| record.hash);
        let (mut made, mut missing): (Vec<_>, Vec<u64>) = (Vec::new(), Vec::new());
        for event in events {
            match self.captions.iter().find(|(known, of, _)| (*known, *of) == (*event, hash(*event))) {
                Some(known) => made.push(known.clone()),
                None => missing.push(*event),
            }
        }
        let kept = made.len();
        let mut write = |fact: &Fact| {
            let text: Rc<str> = caption(lab.scenario(), fact).into();
            made.push((fact.event, hash(fact.event), text));
        };
        // The events around the present are at hand.
        let near = lab.facts();
        missing.retain(|event| match near.binary_search_by_key(event, |fact| fact.event) {
            Ok(place) => {
                write(&near[place]);
                false
            }
            Err(_) => true,
        });
        // Events that lie together are run again together.
        let (first, last) = (missing.first().copied().unwrap_or(0), missing.last().copied().unwrap_or(0));
        if (last - first) as usize <= 4 * missing.len() {
            let facts = history.facts(first.saturating_sub(1), last);
            facts.iter().filter(|fact| missing.contains(&fact.event)).for_each(&mut write);
        } else {
            missing.iter().for_each(|event| history.facts(event - 1, *event).iter().for_each(&mut write));
        }
        self.captions.extend_from_slice(&made[kept..]);
        made.sort_unstable_by_key(|(event, ..)| *event);
        let old = self.captions.len().saturating_sub(CAPTIONS);
        self.captions.drain(..old);
        made
    }
}

impl Log {
    fn filter(&mut self, change: impl FnOnce(&mut EventFilter)) -> bool {
        let filter = &mut self.rows.get_mut().filter;
        change(filter);
        *filter = EventFilter::new(filter.kind, filter.process);
        self.shown = None;
        true
    }
}

impl Component for Log {
    type Message = LogMsg;
    type Properties = SidePanelProps;

    fn create(_: &Context<Self>) -> Self {
        Log { list: NodeRef::default(), rows: RefCell::default(), scrolled: 0.0, sizes: GUESSED, shown: None }
    }

    fn update(&mut self, _: &Context<Self>, msg: LogMsg) -> bool {
        match msg {
            LogMsg::Scrolled => {
                let scrolled = self.list.cast::<Element>().map_or(0.0, |list| f64::from(list.scroll_top()));
                scrolled != std::mem::replace(&mut self.scrolled, scrolled)
            }
            LogMsg::Measured => true,
            LogMsg::Kind(kind) => self.filter(|filter| filter.kind = kind),
            LogMsg::Of(process) => self.filter(|filter| filter.process = process),
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        let Some(list) = self.list.cast::<Element>() else { return };
        let row = list.query_selector("li[data-event]").ok().flatten();
        let height = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()).map(|row| f64::from(row.offset_height()));
        let sizes = (height.filter(|height| *height > 0.0).unwrap_or(self.sizes.0), f64::from(list.client_height()));
        if sizes != std::mem::replace(&mut self.sizes, sizes) {
            ctx.link().send_message(LogMsg::Measured);
        }
        let lab = ctx.props().lab.borrow();
        let position = lab.history().position();
        if self.shown != Some(position) {
            self.shown = Some(position);
            let events = self.rows.get_mut().filter.events(lab.history());
            let above = events.len() - events.partition_point(|event| *event <= position);
            let (top, (row, height)) = (above as f64 * self.sizes.0, self.sizes);
            if top < self.scrolled || top + row > self.scrolled + height {
                list.set_scroll_top((top - row).max(0.0) as i32);
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let SidePanelProps { lab, on_act, on_peek, peeked, .. } = ctx.props();
        let lab = lab.borrow();
        let link = ctx.link();
        let position = lab.history().position();
        let mut made = self.rows.borrow_mut();
        let Rows { filter: EventFilter { kind: here, process: whose, .. }, .. } = *made;
        let total = made.filter.events(lab.history()).len();
        let (row, height) = self.sizes;
        let first = ((self.scrolled / row) as usize).saturating_sub(MARGIN);
        let last = (((self.scrolled + height) / row) as usize + MARGIN).min(total);
        // The latest is on top.
        let (from, to) = (total - last, total - first.min(last));
        let shown = made.filter.events(lab.history())[from..to].to_vec();
        let rows = made.captions(&lab, &shown).into_iter().rev().filter_map(|(event, _, text)| {
            let record = lab.history().record(event)?;
            let (at_us, seen) = (record.at_us, lab.sees(&record.choice));
            let class = match (event > position || !seen, *peeked == Some(event)) {
                (_, true) => "peeked",
                (true, _) => "soft",
                _ => "",
            };
            let text = match lab.see_as() {
                Some(eyes) if !seen => format!("{eyes} does not see this.").into(),
                _ => text,
            };
            let peek = on_peek.reform(move |_: FocusEvent| Some(event));
            Some(html! {
                <li key={event} {class} data-event={event.to_string()}
                    onmouseenter={on_peek.reform(move |_: MouseEvent| Some(event))} onmouseleave={on_peek.reform(|_: MouseEvent| None)}>
                    <button onclick={on_act.reform(move |_| Action::Seek(event))} onfocus={peek}
                        onblur={on_peek.reform(|_: FocusEvent| None)}
                        aria-current={(event == position).then_some("true")} aria-label={format!("Go to event {event}")}>
                        { event }
                    </button>
                    <span class="time">{ format!("{} ms", at_us / 1_000) }</span>
                    <span class="what">{ text }</span>
                </li>
            })
        });
        let space = |rows: usize| format!("height: {}px", (rows as f64 * row) as u64);
        let kind = link.batch_callback(|event: Event| {
            let value = super::fields::value(&event)?;
            KINDS.iter().find(|(_, name, _)| *name == value).map(|(kind, ..)| LogMsg::Kind(*kind))
        });
        let of = link.callback(|event: Event| {
            let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
            LogMsg::Of(select.and_then(|select| ProcessId::parse(&select.value())))
        });
        html! {
            <>
                <h2>{ "Events, latest first" }</h2>
                <p class="filter">
                    <select id="log-kind" aria-label="Kind of events" onchange={kind}>
                        { for KINDS.iter().map(|(kind, value, text)| html! {
                            <option key={*value} value={*value} selected={*kind == here}>{ *text }</option>
                        }) }
                    </select>
                    <select id="log-process" aria-label="Process" onchange={of}>
                        <option value="">{ "of all" }</option>
                        { for ProcessId::all(lab.scenario().processes).map(|process| html! {
                            <option key={process.to_string()} value={process.to_string()} selected={whose == Some(process)}>
                                { format!("of {process}") }
                            </option>
                        }) }
                    </select>
                </p>
                if total == 0 {
                    <p class="soft">{ if lab.history().records().is_empty() { "Nothing yet. Press play." } else { "Nothing of this kind." } }</p>
                }
                <ol class="log" reversed=true ref={self.list.clone()} onscroll={link.callback(|_: Event| LogMsg::Scrolled)}>
                    if first > 0 { <li key="above" aria-hidden="true" style={space(first.min(last))}></li> }
                    { for rows }
                    if last < total { <li key="below" aria-hidden="true" style={space(total - last)}></li> }
                </ol>
                if !lab.history().missed().is_empty() {
                    <h3>{ "Interventions that could not be done any more" }</h3>
                    <ul class="missed">
                        { for lab.history().missed().iter().map(|act| html! {
                            <li><del>{ choice_words(lab.scenario(), &act.choice) }</del>{ format!(" (after event {})", act.after) }</li>
                        }) }
                    </ul>
                }
            </>
        }
    }
}
