//! The door for theorists: any protocol with its graph, its horns, and the proof against it stage by stage.

mod graph_kind;
mod map;
mod proof;

use super::horns::Horns;
use crate::view::builtin::builtin;
use crate::view::flp::screen::ScreenProps;
use bivalent::catalogue::{Domain, Parameter};
use bivalent::explorer::StrictEvent;
use bivalent::explorer::heard_of::Layering;
use bivalent::flp::protocol_instance::ProtocolInstance;
use graph_kind::GraphKind;
use map::Landscape;
use proof::Proof;
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

const GRAPHS: [(GraphKind, &str); 4] = [
    (GraphKind::Strict, "strict"),
    (GraphKind::Layered(Layering::HeardOf), "heard-of"),
    (GraphKind::Layered(Layering::SantoroWidmayer), "santoro-widmayer"),
    (GraphKind::Around, "around the adversary"),
];

/// The messages of the screen.
pub enum TheoryMsg {
    Protocol(String),
    Parameters(String),
    Inputs(String),
    Graph(String),
    Explore,
    /// The adversary stands at the end of these events.
    Stands(Rc<Vec<StrictEvent>>),
}

/// The screen.
pub struct Theory {
    protocol: String,
    parameters: String,
    inputs: String,
    graph: GraphKind,
    /// The content of the picture, and how many times something was asked for.
    drawn: (Result<ProtocolInstance, String>, GraphKind, usize),
    standing: Rc<Vec<StrictEvent>>,
}

/// Parameters with which the strict graph of a protocol ends: those with which it is explored.
fn bounded(protocol: &str) -> String {
    let Ok(entry) = builtin().find(protocol) else { return String::new() };
    let pairs = entry.exploration.parameters.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join(" ")
}

impl Theory {
    fn instance(&self) -> Result<ProtocolInstance, String> {
        ProtocolInstance::new(builtin(), &self.protocol, &self.parameters, &self.inputs)
    }
}

/// The protocol without a bound on its rounds: it is what the play is about.
fn unbounded(instance: &ProtocolInstance) -> ProtocolInstance {
    let mut instance = instance.clone();
    if let Ok(entry) = instance.catalogue.find(&instance.protocol) {
        let is_bound = |parameter: &Parameter| matches!(parameter.domain, Domain::Bound(..));
        let bounds: Vec<&Parameter> = entry.parameters.iter().filter(|parameter| is_bound(parameter)).collect();
        instance.parameters.retain(|(name, _)| !bounds.iter().any(|bound| bound.name == *name));
    }
    instance
}

impl Component for Theory {
    type Message = TheoryMsg;
    type Properties = ScreenProps;

    fn create(ctx: &Context<Self>) -> Self {
        ctx.props().on_done.emit(());
        let (protocol, inputs) = ("wait-for-two".to_owned(), "011".to_owned());
        let drawn = (ProtocolInstance::new(builtin(), &protocol, "", &inputs), GraphKind::Strict, 0);
        Theory { protocol, parameters: String::new(), inputs, graph: GraphKind::Strict, drawn, standing: Rc::default() }
    }

    fn update(&mut self, _: &Context<Self>, msg: TheoryMsg) -> bool {
        match msg {
            TheoryMsg::Protocol(protocol) => {
                self.parameters = bounded(&protocol);
                self.protocol = protocol;
            }
            TheoryMsg::Parameters(text) => self.parameters = text,
            TheoryMsg::Inputs(text) => self.inputs = text,
            TheoryMsg::Graph(name) => {
                if let Some((graph, _)) = GRAPHS.iter().find(|(_, known)| *known == name) {
                    self.graph = *graph;
                }
            }
            TheoryMsg::Explore => self.drawn = (self.instance(), self.graph, self.drawn.2 + 1),
            TheoryMsg::Stands(events) => {
                self.standing = events;
                // The map follows, to another protocol too.
                if self.drawn.1 == GraphKind::Around {
                    self.drawn = (self.instance(), GraphKind::Around, self.drawn.2 + 1);
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let on_open = &ctx.props().on_open;
        let (drawn, graph, asked) = &self.drawn;
        let play = self.instance().map(|instance| {
            let free = unbounded(&instance);
            let cut = if free == instance {
                String::new()
            } else {
                format!(" The rounds of {} are not bounded here.", self.protocol)
            };
            (free, cut)
        });
        html! {
            <>
                { self.form(ctx) }
                { match drawn {
                    Err(error) => html! { <p class="notice" role="alert">{ error.clone() }</p> },
                    Ok(instance) => {
                        // Only a strict graph has an end that a bound can bring.
                        let shown = if *graph == GraphKind::Strict { instance.clone() } else { unbounded(instance) };
                        html! { <>
                            if shown != *instance { <p class="soft">{ "A layered graph does not count rounds: the bound on them is left out." }</p> }
                            <Landscape instance={shown} graph={*graph} asked={*asked} standing={Rc::clone(&self.standing)} {on_open} />
                        </> }
                    }
                } }
                if let Ok((instance, cut)) = play {
                    <h2>{ "Which of the three horns?" }</h2>
                    <p class="prose">{ "Two answers, or somebody whose crash blocks the others, or a fair run without end." }{ cut }</p>
                    <div class="trilemma"><Horns instance={instance.clone()} title={self.protocol.clone()} on_open={on_open.clone()} /></div>
                    <h2>{ "The proof, stage by stage" }</h2>
                    <Proof {instance} on_stand={ctx.link().callback(TheoryMsg::Stands)} on_open={on_open.clone()} />
                }
            </>
        }
    }
}

fn text_of(event: &Event) -> String {
    event.target_unchecked_into::<HtmlInputElement>().value()
}

fn choice_of(event: &Event) -> String {
    event.target_unchecked_into::<HtmlSelectElement>().value()
}

impl Theory {
    fn form(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let graph = GRAPHS.iter().find(|(graph, _)| *graph == self.graph).map_or("strict", |(_, name)| name);
        let contenders = builtin().entries().iter().filter(|entry| entry.contender.is_some()).map(|entry| &*entry.name);
        let settings: String = self.parameters.split_whitespace().map(|pair| format!(" --set {pair}")).collect();
        let command = match self.graph {
            GraphKind::Around => format!("bivalent adversary {} --inputs {}", self.protocol, self.inputs),
            GraphKind::Strict => format!("bivalent explore {} --inputs {}{settings}", self.protocol, self.inputs),
            GraphKind::Layered(_) => format!("bivalent explore {} --graph {graph}{settings}", self.protocol),
        };
        html! {
            <>
                <div class="answers">
                    <label>{ "Protocol " }
                        <select id="protocol" onchange={link.callback(|event| TheoryMsg::Protocol(choice_of(&event)))}>
                            { for contenders.map(|name| html! {
                                <option key={name} value={name} selected={name == self.protocol}>{ name }</option>
                            }) }
                        </select>
                    </label>
                    <label>{ "Parameters " }
                        <input id="parameters" size="18" value={self.parameters.clone()} placeholder="NAME=VALUE"
                            onchange={link.callback(|event| TheoryMsg::Parameters(text_of(&event)))} />
                    </label>
                    <label>{ "Inputs " }
                        <input id="inputs" size="6" value={self.inputs.clone()}
                            onchange={link.callback(|event| TheoryMsg::Inputs(text_of(&event)))} />
                    </label>
                    <label>{ "Graph " }
                        <select id="graph" onchange={link.callback(|event| TheoryMsg::Graph(choice_of(&event)))}>
                            { for GRAPHS.iter().map(|(graph, name)| html! { <option key={*name} value={*name} selected={*graph == self.graph}>{ *name }</option> }) }
                        </select>
                    </label>
                    <button id="explore" class="play" onclick={link.callback(|_| TheoryMsg::Explore)}>{ "Explore" }</button>
                </div>
                <p class="soft">{ "The same on the command line: " }<code>{ command }</code></p>
            </>
        }
    }
}
