//! Requests that a person makes up: their content joins the scenario, and the choice is an intervention.

use super::run::Run;
use super::{Action, Item, Lab};
use crate::catalogue::RequestForm;
use crate::engine::{Choice, Refusal};
use crate::process::{Invocation, ProcessId};
use crate::scenario::{PlannedRequest, Scenario};
use std::rc::Rc;

impl Lab {
    /// The user of a process asks for this now.
    pub(super) fn ask(&mut self, process: ProcessId, invocation: Invocation) {
        let possible = self
            .scenario()
            .check_request(self.catalogue(), process, &invocation)
            .and_then(|()| self.history().engine().may_ask(process).map_err(|Refusal(reason)| reason));
        match possible {
            Ok(()) => self.intervene(|run| run.request(process, invocation)),
            Err(reason) => {
                self.notice = Some(reason);
                self.settle();
            }
        }
    }

    /// The requests that the user of a process can make, each with the reason why not now.
    pub(super) fn questions(&self, process: ProcessId) -> Vec<Item> {
        let refusal = self.history().engine().may_ask(process).err();
        let forms = self.scenario().request_forms(self.catalogue(), process).unwrap_or_default();
        let item = |form: RequestForm| {
            let more = if form.arguments.is_empty() { "" } else { "…" };
            let invocation = Invocation { name: (*form.name).into(), arguments: Rc::default() };
            Item {
                label: format!("Ask {process} to {}{more}", form.name),
                action: Action::Ask { process, invocation },
                enabled: refusal.is_none(),
                reason: refusal.as_ref().map(|Refusal(reason)| reason.clone()),
                form: (!form.arguments.is_empty()).then_some(form),
                breaks: None,
            }
        };
        forms.into_iter().map(item).collect()
    }
}

impl Run {
    /// The choice that makes this request, whose content the scenario knows from now on. The error names the field.
    fn request(&mut self, process: ProcessId, request: Invocation) -> Result<Choice, String> {
        let line = PlannedRequest { at_ms: None, process, request };
        let known = self.scenario.requests.iter().position(|other| *other == line);
        let place = known.unwrap_or(self.scenario.requests.len());
        if known.is_none() {
            let mut scenario = Scenario::clone(&self.scenario);
            scenario.requests.push(line);
            self.adopt_requests(Rc::new(scenario))?;
        }
        let own = self.scenario.requests[..=place].iter().filter(|line| line.process == process);
        Ok(Choice::Request { process, number: own.count() as u32 })
    }

    /// The run goes on with a scenario that knows more requests. The error names the field.
    pub(super) fn adopt_requests(&mut self, scenario: Rc<Scenario>) -> Result<(), String> {
        if !Rc::ptr_eq(&scenario, &self.scenario) {
            self.history.adopt_requests(scenario.plan(&self.catalogue)?.setup);
            self.scenario = scenario;
        }
        Ok(())
    }
}

/// Of two scenarios of the same run the one that knows more requests. `None` if they are of different runs: apart from
/// interventions they may differ only in requests that a person has made up, which come last.
pub(super) fn same_run<'a>(one: &'a Rc<Scenario>, other: &'a Rc<Scenario>) -> Option<&'a Rc<Scenario>> {
    if Rc::ptr_eq(one, other) {
        return Some(one);
    }
    let (less, more) = if one.requests.len() > other.requests.len() { (other, one) } else { (one, other) };
    let made_up = more.requests.strip_prefix(&less.requests[..])?;
    let rest =
        |scenario: &Scenario| Scenario { requests: Vec::new(), interventions: Vec::new(), ..Scenario::clone(scenario) };
    (made_up.iter().all(|line| line.at_ms.is_none()) && rest(one) == rest(other)).then_some(more)
}
