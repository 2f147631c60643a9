//! The form of a request that needs to know something.

use super::message::{AppMsg, Dispatch};
use crate::view::browser::document;
use crate::view::panels::fields::value;
use bivalent::catalogue::{Argument, Domain, RequestForm};
use bivalent::lab::Action;
use bivalent::page::{PageAction, Question};
use bivalent::process::{Invocation, Value};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// The properties of the form.
#[derive(Properties, PartialEq)]
pub struct AskFormProps {
    /// The process, and what it is asked for.
    pub question: Question,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The form: a field for each argument, with what it may be. Enter sends it.
#[component]
pub fn AskForm(props: &AskFormProps) -> Html {
    let Question { process, form } = props.question.clone();
    let given = {
        let first = |argument: &Argument| match &argument.domain {
            Some(Domain::Choice(words)) => words.first().map(|word| word.to_string()).unwrap_or_default(),
            Some(Domain::Flag) => "false".to_owned(),
            Some(Domain::Integer(least, _) | Domain::Bound(least, _)) => least.to_string(),
            None => String::new(),
        };
        let arguments = form.arguments.clone();
        use_mut_ref(move || arguments.iter().map(first).collect::<Vec<String>>())
    };
    let errors = use_state(Vec::<Option<String>>::new);
    let fields = form.arguments.iter().enumerate().map(|(place, argument)| {
        let error = errors.get(place).cloned().flatten();
        let keep = {
            let given = given.clone();
            move |event: &Event| {
                if let Some(text) = value(event) {
                    given.borrow_mut()[place] = text;
                }
            }
        };
        field(place, argument, &given.borrow()[place], error, keep)
    });
    let onsubmit = {
        let (given, errors, form, dispatch) = (given.clone(), errors.clone(), form.clone(), props.dispatch.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let values: Vec<Value> = given.borrow().iter().map(|text| Value::from(text.trim())).collect();
            let checked = form.arguments.iter().zip(&values);
            let found: Vec<Option<String>> = checked.map(|(argument, value)| argument.check(value).err()).collect();
            if let Some(wrong) = found.iter().position(Option::is_some) {
                focus(wrong);
                errors.set(found);
                return;
            }
            let RequestForm { name, .. } = &form;
            let invocation = Invocation { name: (**name).into(), arguments: values.into() };
            dispatch.emit(AppMsg::Page(PageAction::Dialog(None)));
            dispatch.emit(AppMsg::Act(Action::Ask { process, invocation }));
        }
    };
    html! {
        <form class="ask" id="ask" {onsubmit} novalidate=true>
            <h2>{ format!("Ask {process} to {}", form.name) }</h2>
            <p>{ form.meaning.to_string() }</p>
            { for fields }
            <p><button type="submit" id="ask-send">{ "Ask" }</button></p>
        </form>
    }
}

fn focus(place: usize) {
    let field = document().get_element_by_id(&format!("ask-{place}"));
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        // A focus that is refused leaves the field usable with the pointer.
        let _ = field.focus();
    }
}

/// The field of an argument, with what is wrong with it.
fn field(
    place: usize,
    argument: &Argument,
    here: &str,
    error: Option<String>,
    keep: impl Fn(&Event) + Clone + 'static,
) -> Html {
    let (id, told) = (format!("ask-{place}"), format!("ask-{place}-told"));
    let domain = match &argument.domain {
        Some(domain) => domain.to_string(),
        None => format!("a text of 1 to {} bytes", Argument::BYTES_MAX),
    };
    let label = format!("{}: {domain}", argument.name);
    let wrong = error.is_some().to_string();
    let onchange = {
        let keep = keep.clone();
        Callback::from(move |event: Event| keep(&event))
    };
    let select = |words: Vec<String>| {
        html! {
            <select id={id.clone()} aria-invalid={wrong.clone()} aria-describedby={told.clone()} onchange={onchange.clone()}>
                { for words.into_iter().map(|word| html! { <option key={word.clone()} selected={word == here}>{ word.clone() }</option> }) }
            </select>
        }
    };
    let control = match &argument.domain {
        Some(Domain::Choice(words)) => select(words.iter().map(|word| word.to_string()).collect()),
        Some(Domain::Flag) => select(vec!["false".to_owned(), "true".to_owned()]),
        _ => html! {
            <input id={id.clone()} type="text" autofocus={place == 0} autocomplete="off" value={here.to_owned()}
                aria-invalid={wrong.clone()} aria-describedby={told.clone()} oninput={move |event: InputEvent| keep(&event)} />
        },
    };
    html! {
        <div key={place}>
            <label for={id.clone()}>{ label }</label>
            { control }
            <p id={told.clone()} class="field-error" role="status">{ error.unwrap_or_default() }</p>
        </div>
    }
}
