//! The board with its menu.

use super::message::{AppMsg, Dispatch};
use crate::view::canvas::Canvas;
use crate::view::select::Select;
use crate::view::sources::{Canvases, ShownLab};
use bivalent::lab::{Action, Item};
use bivalent::page::{Menu, PageAction, Question, title};
use bivalent::process::ProcessId;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The properties of the board.
#[derive(Properties, PartialEq)]
pub struct BoardProps {
    /// The laboratory.
    pub lab: ShownLab,
    /// The menu that is open, if one is.
    pub menu: Option<Menu>,
    /// The place where the menu is in the document.
    pub menu_node: NodeRef,
    /// The pictures.
    pub canvases: Rc<Canvases>,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The board.
#[component]
pub fn BoardFrame(props: &BoardProps) -> Html {
    let BoardProps { lab, menu, menu_node, canvases, dispatch } = props;
    let lab = lab.borrow();
    let n = lab.scenario().processes;
    let selected = lab.selected().map(|target| format!(" Selected: {}.", title(target))).unwrap_or_default();
    let engine = lab.history().engine();
    let seen = |process: &ProcessId| lab.see_as().is_none_or(|eyes| eyes == *process);
    let asked: String = ProcessId::all(n)
        .filter(seen)
        .filter_map(|process| {
            let open = engine.process(process).open.as_ref()?;
            Some(format!(" {process} is asked to {}.", open.invocation))
        })
        .collect();
    let see = {
        let dispatch = dispatch.clone();
        move |event: Event| {
            let select: Option<HtmlSelectElement> = event.target().and_then(|target| target.dyn_into().ok());
            if let Some(select) = select {
                dispatch.emit(AppMsg::Act(Action::SeeAs(ProcessId::parse(&select.value()))));
            }
        }
    };
    html! {
        <div class="board-frame">
            <Canvas class="board" source={Rc::clone(&canvases.board)}
                label={format!("Board: {n} processes.{asked}{selected} The panel “Inspector” lists them and all messages, with their actions.")}
                on_pointed={dispatch.reform(AppMsg::Board)} on_key={dispatch.reform(AppMsg::BoardKey)} />
            <label class="eyes">
                <span>{ "see as" }</span>
                <Select id="see-as" value={lab.see_as().map(|eyes| eyes.to_string()).unwrap_or_default()} onchange={see}>
                    <option value="">{ "everybody" }</option>
                    { for ProcessId::all(n).map(|process| html! {
                        <option key={process.to_string()} value={process.to_string()}>{ process.to_string() }</option>
                    }) }
                </Select>
            </label>
            if let Some(menu) = menu { { open_menu(menu, menu_node, dispatch) } }
        </div>
    }
}

fn open_menu(menu: &Menu, node: &NodeRef, dispatch: &Dispatch) -> Html {
    let style = format!("left: min({}px, calc(100% - 17rem)); top: {}px", menu.place.x as i32, menu.place.y as i32);
    let item = |(index, item): (usize, &Item)| {
        let (action, form) = (item.action.clone(), item.form.clone());
        let onclick = dispatch.reform(move |_| match (&action, &form) {
            (Action::Ask { process, .. }, Some(form)) => {
                AppMsg::Page(PageAction::Ask(Question { process: *process, form: form.clone() }))
            }
            _ => AppMsg::Act(action.clone()),
        });
        html! {
            <li key={index}>
                <button disabled={!item.enabled} {onclick}>
                    { item.label.clone() }
                    if let Some(reason) = &item.reason { <small>{ format!(" {reason}") }</small> }
                </button>
            </li>
        }
    };
    let allowed = menu.items.iter().enumerate().filter(|(_, item)| item.breaks.is_none());
    let forbidden: Vec<Html> =
        menu.items.iter().enumerate().filter(|(_, item)| item.breaks.is_some()).map(item).collect();
    html! {
        <div class="menu" ref={node.clone()} role="group" aria-label={format!("Actions for {}", menu.title)} {style}>
            <p>{ menu.title.clone() }</p>
            <ul>{ for allowed.map(item) }</ul>
            if !forbidden.is_empty() {
                <p class="breaks">{ "Break the promise" }</p>
                <ul>{ for forbidden }</ul>
            }
            <button class="close" onclick={dispatch.reform(|_| AppMsg::Page(PageAction::CloseMenu))}>{ "Close" }</button>
        </div>
    }
}
