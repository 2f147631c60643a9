//! The library: every protocol, what it promises and costs, and what each of its assumptions is for.

use super::browser::window;
use super::builtin::builtin;
use super::panels::fields::value;
use bivalent::catalogue::{Entry, Name, Problem, Without};
use bivalent::scenario::Scenario;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use yew::prelude::*;

/// The properties of the library.
#[derive(Properties, PartialEq)]
pub struct LibraryProps {
    /// A scenario is to be opened on the board.
    pub on_open: Callback<Scenario>,
    /// Two scenarios are to be opened side by side.
    pub on_pair: Callback<[Scenario; 2]>,
    /// The protocol at which somebody last pressed something: who comes back is there again.
    pub place: Rc<RefCell<Option<Name>>>,
}

/// The shelves, in the order in which one would read.
const SHELVES: [(Problem, &str, &str); 7] = [
    (
        Problem::Link,
        "Links",
        "Getting messages from one process to another, over a network that may lose or change them.",
    ),
    (Problem::Broadcast, "Broadcasts", "Getting messages to all, also when the sender fails half-way."),
    (Problem::Detection, "Failure detectors", "Telling who has crashed from who is slow."),
    (Problem::Consensus, "Agreement", "Deciding on one value, with processes that crash or lie."),
    (Problem::Commit, "Atomic commitment", "All or nothing."),
    (Problem::Storage, "Keeping data", "Registers on several machines, and what their users can tell."),
    (Problem::Application, "Things that one would run", "Clocks, snapshots, votes and transfers."),
];

/// The library.
#[component]
pub fn Library(props: &LibraryProps) -> Html {
    let wanted = use_state(String::new);
    let oninput = {
        let wanted = wanted.clone();
        Callback::from(move |event: InputEvent| wanted.set(value(&event).unwrap_or_default()))
    };
    let place = props.place.borrow().clone();
    use_effect_with((), move |()| {
        match place.as_deref().map(card_id).and_then(|id| window().document()?.get_element_by_id(&id)) {
            Some(card) => card.scroll_into_view(),
            None => window().scroll_to_with_x_and_y(0.0, 0.0),
        }
    });
    let words: Vec<String> = wanted.split_whitespace().map(str::to_lowercase).collect();
    let fits = |entry: &&Arc<Entry>, shelf: &str| {
        let text = format!("{} {} {} {} {shelf}", entry.name, entry.title, entry.summary, entry.source).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let shelves: Vec<(&str, &str, Vec<&Arc<Entry>>)> = SHELVES
        .iter()
        .map(|(problem, title, about)| {
            let there = builtin().entries().iter().filter(|entry| entry.problem == *problem);
            (*title, *about, there.filter(|entry| fits(entry, title)).collect())
        })
        .filter(|(.., entries): &(_, _, Vec<_>)| !entries.is_empty())
        .collect();
    let found: usize = shelves.iter().map(|(.., entries)| entries.len()).sum();
    html! {
        <main class="library">
            <h1>{ "Library" }</h1>
            <p>{ "Every protocol with its promise, its price and its source. Open one in its everyday world and break it, or take one assumption away and see what it was for." }</p>
            <p><label class="field"><span>{ "search" }</span>
                <input id="library-search" type="search" value={(*wanted).clone()} {oninput} placeholder="name, author, problem" />
            </label></p>
            <p class="soft" role="status">{ match found {
                0 => "Nothing has all of these words. Try fewer.".to_owned(),
                _ => format!("{found} of {} protocols.", builtin().entries().len()),
            } }</p>
            { for shelves.into_iter().map(|(title, about, entries)| html! {
                <section key={title} aria-label={title}>
                    <h2>{ title }</h2>
                    <p class="soft">{ about }</p>
                    <div class="shelf">{ for entries.into_iter().map(|entry| card(entry, props)) }</div>
                </section>
            }) }
        </main>
    }
}

fn card_id(protocol: &str) -> String {
    format!("library-{protocol}")
}

fn card(entry: &Arc<Entry>, props: &LibraryProps) -> Html {
    let place = Rc::clone(&props.place);
    let (name, open) = (entry.name.clone(), *props.place.borrow() == Some(entry.name.clone()));
    let here = move |_: MouseEvent| *place.borrow_mut() = Some(name.clone());
    let promises: Vec<&str> = entry.properties.iter().map(|property| property.text()).collect();
    let rows = entry.without.iter().map(|without| assumption(entry, without, props));
    html! {
        <article key={&*entry.name} id={card_id(&entry.name)} onclick={here}>
            <h3>{ &*entry.title }</h3>
            <p>{ &*entry.summary }</p>
            <p class="soft">{ &*entry.source }</p>
            <p><button onclick={{ let entry = Arc::clone(entry); props.on_open.reform(move |_| Scenario::everyday(&entry)) }} aria-label={format!("Open {} on the board", entry.title)}>{ "Open on the board" }</button></p>
            <details>
                <summary>{ "Promise and price" }</summary>
                <ul class="plain">{ for promises.into_iter().map(|text| html! { <li key={text}>{ text }</li> }) }</ul>
                <p class="soft">{ format!("Cost: {}", entry.cost) }</p>
            </details>
            if !entry.assumptions.is_empty() {
                <details class="assumptions" {open}>
                    <summary>{ "The use of each assumption" }</summary>
                    <ul class="plain">{ for rows }</ul>
                </details>
            }
        </article>
    }
}

/// The consequence without this assumption.
fn assumption(entry: &Arc<Entry>, without: &Without, props: &LibraryProps) -> Html {
    let (assumed, comes_of_it) = (without.assumption.text(), without.consequence.text());
    // There are many rows, and few are pressed: a world is made when it is asked for.
    let row = || (Arc::clone(entry), without.clone());
    let (alone, both) = (row(), row());
    html! {
        <li key={without.name(entry)}>
            <p>{ format!("It assumes that {assumed}. Otherwise {comes_of_it}.") }</p>
            <p>
                <button onclick={props.on_open.reform(move |_| alone.1.scenario(&alone.0))}
                    aria-label={format!("See {} without “{assumed}”", entry.title)}>{ "See it" }</button>
                { " " }
                <button onclick={props.on_pair.reform(move |_| [both.1.with(&both.0), both.1.scenario(&both.0)])}
                    aria-label={format!("See {} with and without the assumption that {assumed}, side by side", entry.title)}>{ "With and without" }</button>
            </p>
        </li>
    }
}
