//! The program, the faults that may happen, and the lesson's notes about them.

use super::fields::{choice, edit, number, read, slider};
use super::links::{rules, whence};
use super::partition::Partition;
use super::props::SidePanelProps;
use super::stack::Stack;
use super::workload::{roles, workload};
use bivalent::catalogue::{Domain, Entry, Inputs, MUTANT, Parameter};
use bivalent::history::Scheduler;
use bivalent::lab::{Action, Lab};
use bivalent::model::{CITIES, Change, Failures, Timing, TimingKind};
use bivalent::page::Panel;
use bivalent::process::{ProcessId, Value};
use bivalent::scenario::{INPUT_BYTES_MAX, Scenario, Setting, Topology};
use bivalent::scene::Target;
use yew::prelude::*;

/// The panel.
pub(super) fn models(lab: &Lab, props: &SidePanelProps) -> Html {
    let scenario = lab.scenario();
    let entry = scenario.entry(lab.catalogue()).expect("the scenario of a laboratory is valid");
    html! {
        <>
            <h2>{ &*entry.title }</h2>
            <p>{ &*entry.summary } <span class="soft">{ format!(" ({})", entry.source) }</span></p>
            { unmet(lab) }
            { what_fails(lab, props) }
            { what_runs(lab, &entry, &props.on_act) }
            { notes(lab) }
        </>
    }
}

/// The assumptions of the protocol and the layers under it that the scenario, or a person, does not keep.
fn unmet(lab: &Lab) -> Html {
    let unmet = lab.saved().unmet(lab.catalogue()).unwrap_or_default();
    if unmet.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h3 class="alarm">{ "Assumptions that do not hold here" }</h3>
            <ul class="plain" id="unmet">{ for unmet.iter().map(|unmet| html! { <li key={unmet.text()}>{ unmet.text() }</li> }) }</ul>
        </>
    }
}

/// The three models. A change holds when the control at the top says.
fn what_fails(lab: &Lab, props: &SidePanelProps) -> Html {
    let (models, on_act) = (lab.models(), &props.on_act);
    let adjust = |change: fn(&str) -> Option<Change>| read(&on_act.reform(Action::Adjust), change);
    let failures = Failures::ALL.map(|model| (model.name(), model.name()));
    let onfailures = adjust(|text| Failures::ALL.into_iter().find(|model| model.name() == text).map(Change::Failures));
    let engine = lab.history().engine();
    let links = lab.links();
    let both = links.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
    let cuts: Vec<(ProcessId, ProcessId)> = both.filter(|(from, to)| engine.is_cut(*from, *to)).collect();
    let inspect = {
        let (on_act, on_panel) = (on_act.clone(), props.on_panel.clone());
        Callback::from(move |(one, other)| {
            on_act.emit(Action::Select(Some(Target::Link(one, other))));
            on_panel.emit(Panel::Inspector);
        })
    };
    html! {
        <>
            { whence(lab, on_act) }
            <h3>{ "Failures" }</h3>
            { choice("failures", "processes", &failures, models.failures.name(), onfailures) }
            <p class="soft">{ models.failures.promise() }</p>
            <h3>{ "Links" }</h3>
            { rules(models.links, &on_act.reform(|links| Action::Adjust(Change::Links(links)))) }
            { own_rules(lab, &inspect) }
            <h3>{ "Partitions" }</h3>
            <Partition processes={lab.scenario().processes} {cuts} {on_act} />
            <h3>{ "Timing" }</h3>
            { timing(models.timing, &on_act.reform(|timing| Action::Adjust(Change::Timing(timing)))) }
        </>
    }
}

/// The links with rules of their own, and a way to all others.
fn own_rules(lab: &Lab, inspect: &Callback<(ProcessId, ProcessId)>) -> Html {
    let models = lab.models();
    let links = lab.links();
    let own = |(one, other): &&(ProcessId, ProcessId)| {
        *models.between(*one, *other) != models.links || *models.between(*other, *one) != models.links
    };
    let rows = links.iter().filter(own).map(|(one, other)| {
        let ends = (*one, *other);
        html! {
            <li key={format!("{one}-{other}")} class="row">
                <span>{ format!("{one} – {other}: {} there, {} back", models.between(*one, *other).kind.name(), models.between(*other, *one).kind.name()) }</span>
                <button class="act" aria-label={format!("Rules of the link {one} – {other}")} onclick={inspect.reform(move |_| ends)}>{ "Rules" }</button>
            </li>
        }
    });
    let peers = ProcessId::all(lab.scenario().processes)
        .map(|from| (from, lab.scenario().topology.peers(from, lab.scenario().processes)));
    html! {
        <>
            <ul class="rows">{ for rows }</ul>
            <Ends peers={peers.collect::<Vec<_>>()} on={inspect} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct EndsProps {
    /// The links that there are.
    peers: Vec<(ProcessId, Vec<ProcessId>)>,
    /// A link is wanted.
    on: Callback<(ProcessId, ProcessId)>,
}

/// The choice of one link.
#[component]
fn Ends(props: &EndsProps) -> Html {
    let one = use_state(|| ProcessId(0));
    let other = use_state(|| ProcessId(1));
    let options = |processes: &mut dyn Iterator<Item = ProcessId>| -> Vec<(String, String)> {
        processes.map(|process| (process.to_string(), process.to_string())).collect()
    };
    let set = |state: &UseStateHandle<ProcessId>| {
        let state = state.clone();
        read(&Callback::from(move |process| state.set(process)), ProcessId::parse)
    };
    let Some((from, peers)) = props.peers.iter().find(|(from, _)| *from == *one).or(props.peers.first()) else {
        return html! {};
    };
    let Some(to) = peers.iter().find(|to| **to == *other).or(peers.first()) else { return html! {} };
    let (from, to) = (*from, *to);
    let ends = (from.min(to), from.max(to));
    html! {
        <>
            { choice("one-end", "one link", &options(&mut props.peers.iter().map(|(from, _)| *from)), &from.to_string(), set(&one)) }
            { choice("other-end", "with", &options(&mut peers.iter().copied()), &to.to_string(), set(&other)) }
            <p><button id="one-link" onclick={props.on.reform(move |_| ends)}>{ format!("Rules of {} – {}", ends.0, ends.1) }</button></p>
        </>
    }
}

fn timing(timing: Timing, on: &Callback<Timing>) -> Html {
    let kinds = TimingKind::ALL.map(|kind| (kind.name(), kind.name()));
    let onkind = read(on, move |text| {
        let kind = TimingKind::ALL.into_iter().find(|kind| kind.name() == text)?;
        Some(Timing { kind, gst_ms: None, ..timing })
    });
    let bounded = timing.kind != TimingKind::Asynchronous;
    let storms = timing.kind == TimingKind::PartiallySynchronous;
    html! {
        <>
            { choice("timing", "system", &kinds, timing.kind.name(), onkind) }
            <p class="soft">{ timing.promise() }</p>
            if bounded {
                { number("delta", "Δ, a message, ms", (1, 600_000), timing.delta_ms, on.reform(move |delta_ms| Timing { delta_ms, ..timing })) }
            }
            if bounded && timing.kind != TimingKind::BoundedAsynchrony {
                { number("phi", "Φ, a step, ms", (0, 600_000), timing.phi_ms, on.reform(move |phi_ms| Timing { phi_ms, ..timing })) }
            }
            if timing.kind != TimingKind::Synchronous {
                { number("typical", "typical, ms", (1, 600_000), timing.typical_ms, on.reform(move |typical_ms| Timing { typical_ms, ..timing })) }
                { slider("drift", "clocks off by", timing.drift, on.reform(move |drift: bivalent::model::Rate| {
                    // A clock may be off by at most a half.
                    Timing { drift: drift.min(bivalent::model::Rate(500_000)), ..timing }
                })) }
                { number("offset", "ahead by up to, ms", (0, 600_000), timing.offset_ms, on.reform(move |offset_ms| Timing { offset_ms, ..timing })) }
            }
            if storms {
                { number("stretch", "a storm, ms", (1, 600_000), timing.stretch_ms, on.reform(move |stretch_ms| Timing { stretch_ms, ..timing })) }
            }
        </>
    }
}

/// The protocol, its parameters, its stack, and who runs it. A change runs the scenario anew.
fn what_runs(lab: &Lab, entry: &Entry, on_act: &Callback<Action>) -> Html {
    let scenario = lab.scenario();
    let bits = entry.inputs == Inputs::Bits;
    let parameters =
        entry.parameters.iter().map(|parameter| setting(lab, on_act, parameter.name.to_string(), parameter));
    let under = scenario.under(lab.catalogue());
    let below: Vec<Html> = under
        .iter()
        .rev()
        .filter_map(|line| lab.catalogue().find(&line.module).ok())
        .flat_map(|layer| {
            let key = |parameter: &Parameter| format!("{}.{}", layer.name, parameter.name);
            layer.parameters.iter().map(|parameter| setting(lab, on_act, key(parameter), parameter)).collect::<Vec<_>>()
        })
        .collect();
    let before = Scenario { interventions: Vec::new(), ..scenario.clone() };
    let on_stack =
        on_act.reform(move |under| Action::Change(Box::new(Scenario { modules: Some(under), ..before.clone() })));
    html! {
        <>
            <h3>{ "The program" }</h3>
            <p class="soft">{ "A change here runs the scenario anew." }</p>
            <p>{ &*entry.title }{ ", or " }<a href="#library">{ "another protocol of the library" }</a>{ "." }</p>
            { for parameters }
            { mutant(lab, entry, on_act) }
            <label class="field"><span>{ "processes" }</span>
                <input id="processes" type="number" min={entry.processes.0.to_string()} max={entry.processes.1.to_string()}
                    value={scenario.processes.to_string()} onchange={edit(lab, on_act, move |scenario, text| {
                        scenario.processes = text.parse().unwrap_or(0);
                        scenario.inputs.resize(scenario.processes.min(128), bits.then(|| false.into()));
                        if !scenario.places.is_empty() { settle(scenario); }
                        scenario.start_ms.truncate(scenario.processes);
                        if let Some(lesson) = &mut scenario.lesson { lesson.cast.clear(); }
                    })} />
            </label>
            { topology(lab, on_act) }
            { inputs(lab, entry, on_act) }
            { roles(lab, entry) }
            { workload(lab, on_act) }
            <h3>{ "The modules" }</h3>
            <Stack catalogue={lab.catalogue().clone()} protocol={scenario.protocol.clone()} {under} {on_stack}
                switches={lab.switches()} on_switch={on_act.reform(Action::Choose)} />
            { for below }
            { starts(lab, on_act) }
            { places(lab, on_act) }
        </>
    }
}

/// The control of a parameter, which stands under `key` in the scenario.
fn setting(lab: &Lab, on_act: &Callback<Action>, key: String, parameter: &Parameter) -> Html {
    let here = lab.scenario().parameters.get(&key).map_or(&*parameter.default, |setting| setting.0.as_str());
    let onchange = {
        let key = key.clone();
        edit(lab, on_act, move |scenario, text| {
            scenario.parameters.insert(key.clone(), Setting(text.to_owned()));
        })
    };
    let control = match &parameter.domain {
        Domain::Choice(words) => html! {
            <select {onchange}>{ for words.iter().map(|word| html! { <option key={&**word} selected={*word == here}>{ &**word }</option> }) }</select>
        },
        Domain::Flag => html! {
            <select {onchange}>{ for ["true", "false"].iter().map(|word| html! {
                <option key={*word} value={*word} selected={*word == here}>{ if *word == "true" { "yes" } else { "no" } }</option>
            }) }</select>
        },
        Domain::Integer(..) | Domain::Bound(..) => {
            html! { <input type="text" inputmode="numeric" value={here.to_owned()} {onchange} /> }
        }
    };
    html! {
        <label class="field" key={key.clone()} title={parameter.meaning.to_string()}><span>{ key.replace(['-', '.'], " ") }</span>{ control }</label>
    }
}

/// A bug planted on purpose, for whoever wants to see the properties catch it.
fn mutant(lab: &Lab, entry: &Entry, on_act: &Callback<Action>) -> Html {
    if entry.mutants.is_empty() {
        return html! {};
    }
    let options: Vec<(&str, &str)> =
        [("", "none")].into_iter().chain(entry.mutants.iter().map(|name| (&**name, &**name))).collect();
    let here = lab.scenario().parameters.get(MUTANT).map_or("", |setting| setting.0.as_str());
    let onchange = edit(lab, on_act, |scenario, text| {
        if text.is_empty() {
            scenario.parameters.remove(MUTANT);
        } else {
            scenario.parameters.insert(MUTANT.to_owned(), Setting(text.to_owned()));
        }
    });
    choice("mutant", "planted bug", &options, here, onchange)
}

/// The links that there are.
fn topology(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let options = Topology::ALL.map(|topology| (topology.name(), topology.name()));
    let onchange = edit(lab, on_act, |scenario, text| {
        let wanted = Topology::ALL.into_iter().find(|topology| topology.name() == text);
        scenario.topology = wanted.unwrap_or(scenario.topology);
    });
    choice("topology", "links form a", &options, lab.scenario().topology.name(), onchange)
}

/// The most processes whose inputs have a control each; a file may give them to more.
const INPUTS_MAX: usize = 16;

/// The inputs of the processes.
fn inputs(lab: &Lab, entry: &Entry, on_act: &Callback<Action>) -> Html {
    let scenario = lab.scenario();
    if entry.inputs == Inputs::None {
        return html! {};
    }
    let meaning = entry.inputs.meaning().unwrap_or("a bit for each process");
    let controls = (0..scenario.processes.min(INPUTS_MAX)).map(|process| {
        let here = scenario.inputs.get(process).and_then(Option::as_ref).map(Value::to_string).unwrap_or_default();
        let onchange = edit(lab, on_act, move |scenario, text| {
            scenario.inputs.resize(scenario.processes.max(process + 1), None);
            scenario.inputs[process] = (!text.is_empty()).then(|| text.into());
        });
        let (id, label) = (format!("input-{process}"), format!("p{process}"));
        match entry.inputs {
            Inputs::Bits => {
                html! { <div key={process}>{ choice(id, &label, &[("0", "0"), ("1", "1")], &here, onchange) }</div> }
            }
            _ => html! {
                <label class="field" key={process}><span>{ label }</span>
                    <input {id} type="text" maxlength={INPUT_BYTES_MAX.to_string()} value={here} {onchange} />
                </label>
            },
        }
    });
    html! {
        <>
            <h3>{ "Inputs" }</h3>
            <p class="soft">{ format!("Given: {meaning}.") }</p>
            { for controls }
            if scenario.processes > INPUTS_MAX {
                <p class="soft">{ format!("Those after p{} are in the scenario's file.", INPUTS_MAX - 1) }</p>
            }
        </>
    }
}

/// When the processes start, where there are times.
fn starts(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let scenario = lab.scenario();
    if scenario.scheduler != Scheduler::Timed {
        return html! {};
    }
    let each = edit(lab, on_act, |scenario, text| {
        scenario.start_ms = if text == "true" { vec![0; scenario.processes.min(128)] } else { Vec::new() };
    });
    let options = [("false", "all at once"), ("true", "each at its time")];
    let controls = scenario.start_ms.iter().enumerate().map(|(process, at_ms)| {
        let onchange = edit(lab, on_act, move |scenario, text| {
            scenario.start_ms[process] = text.parse().unwrap_or(u64::MAX);
        });
        html! {
            <label class="field" key={process}><span>{ format!("p{process} at, ms") }</span>
                <input id={format!("start-{process}")} type="number" min="0" value={at_ms.to_string()} {onchange} />
            </label>
        }
    });
    html! {
        <>
            <h3>{ "Starts" }</h3>
            { choice("starts", "processes start", &options, if scenario.start_ms.is_empty() { "false" } else { "true" }, each) }
            if !scenario.start_ms.is_empty() {
                <p class="soft">{ "A message that comes earlier starts its recipient." }</p>
            }
            { for controls }
        </>
    }
}

/// Every process stands in a city: where it stood, or in the next one of the list.
fn settle(scenario: &mut Scenario) {
    let n = scenario.processes.min(128);
    scenario.places.truncate(n);
    for process in scenario.places.len()..n {
        scenario.places.push(CITIES[process % CITIES.len()].name.to_owned());
    }
}

/// The place where the processes stand.
fn places(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let scenario = lab.scenario();
    let cities = CITIES.map(|city| (city.name, city.name));
    let somewhere = edit(lab, on_act, |scenario, text| {
        scenario.places.clear();
        if text == "true" {
            settle(scenario);
        }
    });
    let stand = [("false", "nowhere in particular"), ("true", "in cities")];
    let choices = scenario.places.iter().enumerate().map(|(process, place)| {
        let onchange = edit(lab, on_act, move |scenario, text| scenario.places[process] = text.to_owned());
        let label = format!("p{process}");
        html! { <div key={process}>{ choice(format!("city-{process}"), &label, &cities, place, onchange) }</div> }
    });
    html! {
        <>
            <h3>{ "Places" }</h3>
            { choice("places", "processes stand", &stand, if scenario.places.is_empty() { "false" } else { "true" }, somewhere) }
            if !scenario.places.is_empty() {
                <p class="soft">{ "Nothing is faster than light in glass on the shortest way between two cities." }</p>
            }
            { for choices }
        </>
    }
}

fn notes(lab: &Lab) -> Html {
    let Some(lesson) = &lab.scenario().lesson else { return html! {} };
    html! {
        <>
            if let Some(notes) = &lesson.notes {
                <h3>{ "In your notes" }</h3>
                <p>{ notes.notes.clone() }</p>
                <h3>{ "Precisely" }</h3>
                <p>{ notes.precisely.clone() }</p>
            }
            if !lesson.simplifies.is_empty() {
                <h3>{ "Left out here" }</h3>
                <p class="soft">{ lesson.simplifies.clone() }</p>
            }
        </>
    }
}
