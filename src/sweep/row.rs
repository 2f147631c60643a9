//! A row: what one run came to, and how it is written.

use super::watch::Watch;
use crate::history::{History, Stop};
use crate::property::Verdict;
use std::fmt::Write;

/// The columns that every sweep has besides its factors, its measures and its properties.
pub const FIXED: [&str; 5] = ["sweep", "run", "seed", "end", "trace_hash"];

/// The end of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunEnding {
    /// Nothing was enabled any more.
    Rest,
    /// The rest waited for a person.
    Waits,
    /// More would have happened after the scenario's end.
    Until,
    /// A line of the scenario's schedule could not be applied.
    Stuck,
    /// A limit was hit: what the run would have come to is unknown.
    Limit,
}

impl RunEnding {
    const ALL: [RunEnding; 5] =
        [RunEnding::Rest, RunEnding::Waits, RunEnding::Until, RunEnding::Stuck, RunEnding::Limit];

    /// The word in files.
    pub fn name(self) -> &'static str {
        ["rest", "waits", "until", "stuck", "limit"][self as usize]
    }

    /// Why this run ends; `None` where only the limit of events ends it.
    pub(super) fn of(history: &mut History, stop: Option<Stop>) -> RunEnding {
        match stop {
            Some(Stop::Rest) => RunEnding::Rest,
            Some(Stop::Waits) => RunEnding::Waits,
            Some(Stop::Until) => RunEnding::Until,
            Some(Stop::Stuck(_)) if history.engine().runaway().is_none() => RunEnding::Stuck,
            Some(Stop::Stuck(_)) | None => RunEnding::Limit,
        }
    }
}

/// The measures of every run: whole numbers, or nothing where there is nothing to measure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// The time of the last event, in microseconds.
    EndUs,
    /// Events.
    Events,
    /// Waves: rounds under synchrony.
    Waves,
    /// Messages that processes sent.
    Sent,
    /// Messages received.
    Delivered,
    /// Messages lost.
    Lost,
    /// Copies that links made.
    Duplicated,
    /// Messages changed on their way.
    Altered,
    /// Honest processes that decided.
    Decided,
    /// When the first of them decided, in microseconds; nothing if nobody did.
    FirstDecisionUs,
    /// When the last of them decided, in microseconds; nothing if nobody did.
    LastDecisionUs,
    /// When something was delivered to a user for the last time, in microseconds.
    LastDeliveryUs,
    /// The number of times that a faulty process came to be suspected, where a detector tells its suspicions.
    RightSuspicions,
    /// Likewise: how often a correct process came to be suspected.
    FalseSuspicions,
    /// Likewise: the pairs of a correct process and a crashed one which it did not suspect in the end.
    Undetected,
    /// The longest time from a crash until a correct process suspected for good, in microseconds (the detection time
    /// of Chen, Toueg and Aguilera 2002); 0 where it did before; nothing if nobody crashed, or somebody is undetected.
    DetectionUs,
    /// Interventions whose target did not exist in this run.
    Missed,
}

impl Measure {
    /// All of them, in the order of the columns.
    pub const ALL: [Measure; 17] = [
        Measure::EndUs,
        Measure::Events,
        Measure::Waves,
        Measure::Sent,
        Measure::Delivered,
        Measure::Lost,
        Measure::Duplicated,
        Measure::Altered,
        Measure::Decided,
        Measure::FirstDecisionUs,
        Measure::LastDecisionUs,
        Measure::LastDeliveryUs,
        Measure::RightSuspicions,
        Measure::FalseSuspicions,
        Measure::Undetected,
        Measure::DetectionUs,
        Measure::Missed,
    ];

    /// The column's name, with its unit last.
    pub fn name(self) -> &'static str {
        [
            "end_us",
            "events",
            "waves",
            "sent",
            "delivered",
            "lost",
            "duplicated",
            "altered",
            "decided",
            "first_decision_us",
            "last_decision_us",
            "last_delivery_us",
            "right_suspicions",
            "false_suspicions",
            "undetected",
            "detection_us",
            "missed",
        ][self as usize]
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        [
            "end of the run",
            "events",
            "waves",
            "messages sent",
            "messages delivered",
            "messages lost",
            "messages duplicated",
            "messages altered",
            "processes that decided",
            "first decision",
            "last decision",
            "last delivery",
            "right suspicions",
            "false suspicions",
            "crashes not detected",
            "detection time",
            "interventions missed",
        ][self as usize]
    }

    /// True if it is a time in microseconds.
    pub fn is_time(self) -> bool {
        self.name().ends_with("_us")
    }
}

/// The results of one run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The run's number in the whole sweep.
    pub run: u64,
    /// Its end.
    pub ending: RunEnding,
    /// The measurements, in the order of [`Measure::ALL`].
    pub measures: [Option<u64>; Measure::ALL.len()],
    /// The verdicts, in the order of the protocol's properties.
    pub verdicts: Box<[Verdict]>,
    /// The hash of everything that happened.
    pub trace_hash: u64,
}

impl Row {
    /// The value of a measure.
    pub fn get(&self, measure: Measure) -> Option<u64> {
        self.measures[measure as usize]
    }

    /// True if some property was violated.
    pub fn is_violated(&self) -> bool {
        self.verdicts.contains(&Verdict::Violated)
    }

    /// The row of a run that has ended.
    pub(super) fn of(run: u64, history: &mut History, ending: RunEnding, waves: u64, watch: &Watch) -> Row {
        let judgements = history.judgements();
        let engine = history.engine();
        let totals = engine.totals();
        let (undetected, detection_us) = watch.detection(engine);
        let told = |number: u64| watch.is_told().then_some(number);
        let measures = Measure::ALL.map(|measure| match measure {
            Measure::EndUs => Some(engine.now_us()),
            Measure::Events => Some(engine.events()),
            Measure::Waves => Some(waves),
            Measure::Sent => Some(totals.sent),
            Measure::Delivered => Some(totals.delivered),
            Measure::Lost => Some(totals.lost),
            Measure::Duplicated => Some(totals.duplicated),
            Measure::Altered => Some(watch.altered),
            Measure::Decided => Some(watch.decided.len() as u64),
            Measure::FirstDecisionUs => watch.first_decision_us,
            Measure::LastDecisionUs => watch.last_decision_us,
            Measure::LastDeliveryUs => watch.last_delivery_us,
            Measure::RightSuspicions => told(watch.right),
            Measure::FalseSuspicions => told(watch.wrong),
            Measure::Undetected => told(undetected),
            Measure::DetectionUs => detection_us,
            Measure::Missed => Some(history.missed().len() as u64),
        });
        Row {
            run,
            ending,
            measures,
            verdicts: judgements.iter().map(|judgement| judgement.verdict).collect(),
            trace_hash: engine.trace_hash(),
        }
    }

    /// The line of a file, after `prefix`: what comes before the ending.
    pub(super) fn line(&self, prefix: &str) -> String {
        let mut line = format!("{prefix}{}", self.ending.name());
        for measure in &self.measures {
            line.push(',');
            if let Some(number) = measure {
                write!(line, "{number}").expect("a string takes any text");
            }
        }
        for verdict in &self.verdicts {
            line.push(',');
            line.push_str(verdict.text());
        }
        write!(line, ",{:016x}", self.trace_hash).expect("a string takes any text");
        line
    }

    /// Reads what [`Row::line`] has written after the prefix. `None`: it has not.
    pub(super) fn parse(run: u64, rest: &str, properties: usize) -> Option<Row> {
        let mut fields = rest.split(',');
        let word = fields.next()?;
        let ending = RunEnding::ALL.into_iter().find(|ending| ending.name() == word)?;
        let mut measures = [None; Measure::ALL.len()];
        for measure in &mut measures {
            let text = fields.next()?;
            *measure = if text.is_empty() { None } else { Some(text.parse().ok()?) };
        }
        let all = [Verdict::Violated, Verdict::Holds, Verdict::HeldSoFar, Verdict::NotYet, Verdict::Unknown];
        let mut verdicts = Vec::new();
        for _ in 0..properties {
            let word = fields.next()?;
            verdicts.push(all.into_iter().find(|verdict| verdict.text() == word)?);
        }
        let hash = fields.next().filter(|hash| hash.len() == 16)?;
        let trace_hash = u64::from_str_radix(hash, 16).ok()?;
        fields.next().is_none().then_some(Row { run, ending, measures, verdicts: verdicts.into(), trace_hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_and_nothing_else_is() {
        let mut measures = [Some(7); Measure::ALL.len()];
        measures[Measure::DetectionUs as usize] = None;
        let verdicts = [Verdict::HeldSoFar, Verdict::NotYet].into();
        let row = Row { run: 3, ending: RunEnding::Until, measures, verdicts, trace_hash: 0xab };
        let line = row.line("x,3,9,");
        let rest = line.strip_prefix("x,3,9,").expect("the prefix");
        assert_eq!(Row::parse(3, rest, 2), Some(row));
        for bad in ["", &rest[..rest.len() - 1], &rest[1..], &format!("{rest},"), &rest.replace('7', "-7")] {
            assert_eq!(Row::parse(3, bad, 2), None, "{bad}");
        }
        assert_eq!(Row::parse(3, rest, 1), None);
    }
}
