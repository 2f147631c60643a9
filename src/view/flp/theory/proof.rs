//! The proof, stage by stage: queue, e, σ and why it takes one, certificates, pivots, the ledger; and Lemma 2 before it.

use crate::view::flp::parts::{buffer_words, count, mark};
use crate::view::flp::run::RunView;
use crate::view::work::Work;
use bivalent::adversary::{Account, Adversary, InputPath, Pace};
use bivalent::explorer::StrictEvent;
use bivalent::explorer::valency::Valency;
use bivalent::flp::protocol_instance::ProtocolInstance;
use bivalent::scenario::Link;
use std::rc::Rc;
use yew::prelude::*;

/// The number of messages that the ledger lists.
const MESSAGES: usize = 6;

/// The number of tries of a stage that are listed.
const TRIES: usize = 8;

/// The properties of the component.
#[derive(Properties, PartialEq)]
pub struct ProofProps {
    /// The subject of the play.
    pub instance: ProtocolInstance,
    /// The adversary stands at the end of these events.
    pub on_stand: Callback<Rc<Vec<StrictEvent>>>,
    /// Opens a moment in the laboratory.
    pub on_open: Callback<Link>,
}

/// Its messages.
pub enum ProofMsg {
    /// So many stages more.
    Play(usize),
    Stop,
    /// A share of a frame's time.
    Slice,
    /// This stage is told.
    Tell(usize),
    /// The stage is played on the board, or how it could still end.
    Show(ProofPart),
}

/// The content of the board.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ProofPart {
    Stage,
    Future(bool),
}

/// The component.
pub struct Proof {
    adversary: Option<Result<Adversary, String>>,
    walk: Option<InputPath>,
    /// The number of stages that are wanted in all.
    wanted: usize,
    account: Option<Account>,
    shown: ProofPart,
    run: Option<Result<Rc<Link>, String>>,
    work: Work,
}

impl Proof {
    fn adversary(&self) -> Option<&Adversary> {
        self.adversary.as_ref()?.as_ref().ok()
    }

    fn played(&self) -> usize {
        self.adversary().map_or(0, |adversary| adversary.stages().len())
    }

    /// One piece of work. True if there is none left.
    fn step(&mut self) -> bool {
        let Some(Ok(adversary)) = &mut self.adversary else { return true };
        if adversary.stages().len() < self.wanted {
            match adversary.step(1) {
                Pace::Opening => return false,
                Pace::Stopped => self.wanted = adversary.stages().len(),
                Pace::Searching | Pace::Stage => {}
            }
            self.walk.get_or_insert_with(|| adversary.input_path());
        }
        adversary.stages().len() >= self.wanted
    }

    fn tell(&mut self, ctx: &Context<Self>, stage: usize) {
        let Some(Ok(adversary)) = &mut self.adversary else { return };
        self.account = adversary.account(stage);
        let end = adversary.stages().get(stage).map_or(0, |stage| stage.events.end);
        ctx.props().on_stand.emit(Rc::new(adversary.schedule()[..end].to_vec()));
        self.show(ctx, ProofPart::Stage);
    }

    fn tell_last(&mut self, ctx: &Context<Self>) {
        if let Some(last) = self.played().checked_sub(1) {
            self.tell(ctx, last);
        }
    }

    fn show(&mut self, ctx: &Context<Self>, shown: ProofPart) {
        self.shown = shown;
        self.run = self.account.as_ref().zip(self.adversary()).and_then(|(account, adversary)| {
            let stage = adversary.stages().get(account.stage)?;
            let mut events = adversary.schedule()[..stage.events.end].to_vec();
            let from = match shown {
                ProofPart::Stage => stage.events.start,
                ProofPart::Future(value) => {
                    events.extend(account.certificates[usize::from(value)].iter().cloned());
                    stage.events.end
                }
            };
            Some(ctx.props().instance.moment(&events, from).map(Rc::new))
        });
    }
}

impl Component for Proof {
    type Message = ProofMsg;
    type Properties = ProofProps;

    fn create(_: &Context<Self>) -> Self {
        let (adversary, walk, account, run, work) = (None, None, None, None, Work::default());
        Proof { adversary, walk, wanted: 0, account, shown: ProofPart::Stage, run, work }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &ProofProps) -> bool {
        if ctx.props().instance != old.instance {
            *self = Component::create(ctx);
            ctx.props().on_stand.emit(Rc::default());
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: ProofMsg) -> bool {
        match msg {
            ProofMsg::Play(more) => {
                if self.adversary.is_none() {
                    self.adversary = Some(ctx.props().instance.adversary());
                }
                self.wanted = self.played() + more;
                self.work = Work::begun(ctx.link(), ProofMsg::Slice);
            }
            ProofMsg::Slice => {
                let mut work = std::mem::take(&mut self.work);
                if work.share(ctx.link(), ProofMsg::Slice, || self.step()) {
                    self.tell_last(ctx);
                }
                self.work = work;
            }
            ProofMsg::Stop => {
                self.work.stop();
                self.wanted = self.played();
                self.tell_last(ctx);
            }
            ProofMsg::Tell(stage) => self.tell(ctx, stage),
            ProofMsg::Show(shown) => self.show(ctx, shown),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let working = self.work.is_on();
        let over = self.adversary().is_some_and(|adversary| adversary.stopped().is_some());
        let buttons = [1, 10, 100].map(|more| {
            html! {
                <button key={more} disabled={working || over} onclick={link.callback(move |_| ProofMsg::Play(more))}>
                    { format!("Play {}", count(more, "stage")) }
                </button>
            }
        });
        let played = self.played();
        html! {
            <>
                <p class="prose">{ "A stage serves the process at the head of the queue: e, the delivery of its oldest message, must come at the stage’s end. Before it come as few other events, σ, as keep both ends possible." }</p>
                <div class="answers">{ for buttons }</div>
                if working { { self.work.view(Some((played, self.wanted)), format!("{} played", count(played, "stage")), link.callback(|_| ProofMsg::Stop), Callback::noop()) } }
                { match &self.adversary {
                    None => html! { <p class="hint">{ "Play a stage to see it told in full." }</p> },
                    Some(Err(error)) => html! { <p class="notice" role="alert">{ error.clone() }</p> },
                    Some(Ok(adversary)) => html! {
                        <>
                            if let Some(walk) = &self.walk { { lemma_2(walk) } }
                            if let Some(account) = &self.account { { self.stage(ctx, account, played) } }
                            if let Some(stopped) = adversary.stopped() {
                                <p><strong>{ format!("The play ended at stage {}: {}.", stopped.stage, stopped.why) }</strong></p>
                            }
                        </>
                    },
                } }
            </>
        }
    }
}

/// Lemma 2: the row of initial configurations, and where it turns.
fn lemma_2(walk: &InputPath) -> Html {
    let initial_configurations = walk.initial_configurations.iter().enumerate().map(|(place, initial_configuration)| {
        let turns = walk.pair.is_some_and(|(turn, _)| turn == place || turn + 1 == place);
        let words = found_words(initial_configuration.valency, walk.exact);
        html! { <li key={place} class={classes!(turns.then_some("turn"))}><span class="figure">{ &initial_configuration.inputs }</span>{ mark(known(initial_configuration.valency, walk.exact)) }<span class="soft">{ words }</span></li> }
    });
    let inputs = |place: usize| &walk.initial_configurations[place].inputs;
    let turn = match (walk.bivalent, walk.pair) {
        (Some(place), None) => format!("Lemma 2 holds: {} is bivalent, so the play can begin there.", inputs(place)),
        (_, Some((place, process))) => format!(
            "{} and {} differ in {process} only and end differently: without {process} nobody can tell the two apart. Lemma 2 fails.",
            inputs(place),
            inputs(place + 1)
        ),
        (None, None) => "No bivalent start was found, and no two neighbours that end differently.".to_owned(),
    };
    html! { <><h3>{ "Lemma 2: a bivalent start" }</h3><ol class="initial_configurations">{ for initial_configurations }</ol><p class="soft">{ turn }</p></> }
}

impl Proof {
    /// One stage of the proof.
    fn stage(&self, ctx: &Context<Self>, account: &Account, played: usize) -> Html {
        let link = ctx.link();
        let queue: Vec<String> = account.queue.iter().map(|process| process.to_string()).collect();
        let tries = account.tried.iter().take(TRIES).enumerate().map(|(index, tried)| {
            let before = events_words(&tried.before).map_or("at once".into(), |before| format!("after {before}"));
            html! { <li key={index}>{ format!("e {before}: {}", found_words(tried.leads_to, account.exact)) }</li> }
        });
        let (stage, last) = (account.stage, played.saturating_sub(1));
        let age = account.age.map(|age| format!(", which has waited for {}", count(age, "event"))).unwrap_or_default();
        let show = |shown: ProofPart, words: String| {
            html! {
                <button aria-pressed={(self.shown == shown).to_string()} onclick={link.callback(move |_| ProofMsg::Show(shown))}>{ words }</button>
            }
        };
        let future = |value: bool| {
            let length = count(account.certificates[usize::from(value)].len(), "event");
            show(ProofPart::Future(value), format!("A run that still decides {} ({length})", u8::from(value)))
        };
        html! {
            <section aria-label="A stage of the proof">
                <h3>{ "Lemma 3: from bivalent to bivalent" }</h3>
                <div class="answers">
                    <button disabled={stage == 0} onclick={link.callback(move |_| ProofMsg::Tell(stage - 1))}>{ "Stage before" }</button>
                    <span class="figure" id="stage">{ format!("stage {} of {}", stage + 1, last + 1) }</span>
                    <button disabled={stage == last} onclick={link.callback(move |_| ProofMsg::Tell(stage + 1))}>{ "Stage after" }</button>
                </div>
                <div class="atlas">
                    <dl class="proof">
                        <div><dt>{ "queue" }</dt><dd>{ format!("{}: {} is served", queue.join(", "), account.queue[0]) }</dd></div>
                        <div><dt>{ "e" }</dt><dd>{ format!("{}{age}", account.event) }</dd></div>
                        <div><dt>{ "e at once" }</dt><dd>{ mark(known(account.at_once, account.exact)) }{ " " }{ found_words(account.at_once, account.exact) }</dd></div>
                        if account.tries > 0 {
                            <div><dt>{ "tried" }</dt><dd>{ format!("{} before σ was found", count(account.tries, "way")) }<ul>{ for tries }</ul></dd></div>
                        }
                        <div><dt>{ "σ" }</dt><dd>{ events_words(&account.before).unwrap_or("empty: e may come at once".into()) }</dd></div>
                        { neighbours(account) }
                        <div><dt>{ "after e" }</dt><dd>{ mark(Valency::Bivalent) }{ if account.exact { " bivalent (exact)" } else { " bivalent (certified)" } }</dd></div>
                        <div><dt>{ "pivot" }</dt><dd>{ pivot_words(account) }</dd></div>
                    </dl>
                    <div class="looked">
                        <div class="answers">{ show(ProofPart::Stage, "The stage".into()) }{ future(false) }{ future(true) }</div>
                        { match &self.run {
                            Some(Ok(run)) => html! { <RunView run={Rc::clone(run)} play=true label="Board: the stage, or a run that still decides." on_open={ctx.props().on_open.clone()} /> },
                            Some(Err(error)) => html! { <p class="hint">{ error.clone() }</p> },
                            None => html! {},
                        } }
                    </div>
                </div>
                { ledger(account) }
            </section>
        }
    }
}

/// The neighbours of Lemma 3: without the last event of σ, e settles it; with it, it does not.
fn neighbours(account: &Account) -> Html {
    let Some((last, before)) = account.before.split_last() else { return html! {} };
    let Some(tried) = account.tried.iter().find(|tried| tried.before == before) else { return html! {} };
    html! {
        <div><dt>{ "neighbours" }</dt><dd>
            { format!("Two configurations differ in {} only. e in the one: {}. e in the other: bivalent.", last, found_words(tried.leads_to, account.exact)) }
        </dd></div>
    }
}

/// The process whose lateness would flip the answer.
fn pivot_words(account: &Account) -> String {
    let lockstep = &account.lockstep;
    let answer = |value: Option<bool>| value.map_or("nothing".to_owned(), |value| u8::from(value).to_string());
    let all = format!("In lock-step from here, {} is decided.", answer(lockstep.all));
    let flips = lockstep.pivots().into_iter().map(|process| {
        let without = lockstep.without[process.index()];
        format!(" If {process} is late, the answer flips to {}.", answer(without))
    });
    let flips: String = flips.collect();
    if flips.is_empty() { format!("{all} Nobody’s lateness flips it.") } else { all + &flips }
}

/// The books after the stage.
fn ledger(account: &Account) -> Html {
    let books = &account.books;
    let steps = books.steps.iter().enumerate().map(|(p, steps)| format!("p{p} {steps}")).collect::<Vec<_>>().join(", ");
    let messages = books.waiting.iter().take(MESSAGES).enumerate().map(|(index, message)| html! {
        <tr key={index}><td>{ format!("{} → {}", message.mail.from, message.mail.to) }</td><td>{ message.mail.payload.text() }</td><td>{ message.events }</td><td>{ message.stages }</td></tr>
    });
    html! {
        <>
            <h3>{ "The ledger" }</h3>
            <p class="soft">{ format!("{}, steps: {steps}. {} delivered. None ever waited for longer than {3}; {2}.", count(books.events, "event"), count(books.delivered, "message"), buffer_words(books.buffer_max, books.grows), count(books.oldest_ever, "event")) }</p>
            <table class="ledger">
                <caption>{ format!("The oldest of {} that wait", count(books.waiting.len(), "message")) }</caption>
                <thead><tr><th scope="col">{ "link" }</th><th scope="col">{ "message" }</th><th scope="col">{ "events" }</th><th scope="col">{ "stages" }</th></tr></thead>
                <tbody>{ for messages }</tbody>
            </table>
        </>
    }
}

fn events_words(events: &[StrictEvent]) -> Option<String> {
    (!events.is_empty()).then(|| events.iter().map(StrictEvent::to_string).collect::<Vec<_>>().join(", then "))
}

/// The valency that may be drawn: without the whole graph, only bivalence has a proof.
fn known(valency: Valency, exact: bool) -> Option<Valency> {
    Some(valency).filter(|valency| exact || *valency == Valency::Bivalent)
}

/// The result of a try; without certificates it is unknown unless the graph is exact.
fn found_words(valency: Valency, exact: bool) -> &'static str {
    match (valency, exact) {
        (Valency::Bivalent, _) => "bivalent",
        (Valency::Zero, true) => "0-valent: only 0 would be left",
        (Valency::One, true) => "1-valent: only 1 would be left",
        (Valency::Null, true) => "stuck: nothing would be left",
        (Valency::Zero, false) => "unknown: only ways to 0 were found",
        (Valency::One, false) => "unknown: only ways to 1 were found",
        (Valency::Null, false) => "unknown: no way to a decision was found",
    }
}
