//! A run as text: a lane for each process, a line for each event, and what happened in words.

use crate::engine::Choice;
use crate::history::Fact;
use crate::process::{Outcome, ProcessId};
use crate::scenario::Scenario;
use crate::scene::headline;

/// The number of columns that a lane takes.
const LANE: usize = 6;

/// The events as a space-time diagram that goes down the page. An arrow stands on the line of the event in which the
/// message arrives; `●` is a step, `◆` a decision, `✗` a crash, `╳` a message that is lost, `┊` the lane of a process that
/// is down.
pub fn text(scenario: &Scenario, facts: &[Fact]) -> String {
    let n = scenario.processes;
    let mut out = format!("{:>10}  ", "ms");
    out.extend(ProcessId::all(n).map(|process| format!("{:<LANE$}", process.to_string())));
    let mut out = out.trim_end().to_owned() + "\n";
    let mut up = vec![true; n];
    for fact in facts {
        if let Choice::Recover(process) = fact.choice {
            up[process.index()] = true;
        }
        let lanes: String = lanes(fact, &up).into_iter().collect();
        let (ms, us) = (fact.at_us / 1_000, fact.at_us % 1_000);
        out.push_str(&format!("{ms:>6}.{us:03}  {lanes} {}\n", headline(scenario, fact)));
        if let (true, Some(process)) = (fact.crashed, fact.choice.process()) {
            up[process.index()] = false;
        }
    }
    out
}

fn lanes(fact: &Fact, up: &[bool]) -> Vec<char> {
    let mut line = vec![' '; LANE * up.len()];
    let column = |process: ProcessId| LANE * process.index();
    for process in ProcessId::all(up.len()) {
        line[column(process)] = if up[process.index()] { '│' } else { '┊' };
    }
    if let Choice::Deliver(id) | Choice::Lose(id) = fact.choice
        && id.from != id.to
    {
        let (from, to) = (column(id.from), column(id.to));
        for place in &mut line[from.min(to) + 1..from.max(to)] {
            *place = if *place == ' ' { '─' } else { '┼' };
        }
        line[from] = if from < to { '├' } else { '┤' };
        let tip = if from < to { to - 1 } else { to + 1 };
        line[tip] = match fact.choice {
            Choice::Lose(_) => '╳',
            _ if from < to => '▶',
            _ => '◀',
        };
    }
    if let Some(process) = fact.choice.process() {
        let decided = fact.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Decide(_)));
        line[column(process)] = match (fact.crashed, decided) {
            (true, _) => '✗',
            (_, true) => '◆',
            _ => '●',
        };
    }
    line
}
