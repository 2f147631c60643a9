//! The design of a sweep: seeds, factors with their levels, and the part of it all that is wanted here.

use crate::catalogue::{Catalogue, Domain, Entry, MUTANT};
use crate::model::{Failures, LinkKind, TimingKind};
use crate::quote::{plain_error, shortened};
use crate::scenario::{Scenario, Setting, Topology};
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;

/// The most runs of a whole sweep, all shards together.
pub const RUNS_MAX: u64 = 1_000_000_000;

/// The most runs of one shard: their rows, about 350 bytes each, are held in memory.
pub const SHARD_RUNS_MAX: u64 = 1_000_000;

/// The most combinations of levels.
pub const CELLS_MAX: usize = 1_000;

/// The most factors.
pub const FACTORS_MAX: usize = 8;

/// The most shards.
pub const SHARDS_MAX: u32 = 1_000_000;

/// The fields of a scenario that may be varied, as a scenario file names them. Parameters of the protocol may be, too.
pub const FIELDS: &[&str] = &[
    "processes",
    "topology",
    "until_ms",
    "models.failures",
    "models.links.kind",
    "models.links.fifo",
    "models.links.authenticated",
    "models.links.loss",
    "models.links.duplication",
    "models.links.reorder",
    "models.links.alter",
    "models.links.inject",
    "models.links.replay",
    "models.links.losses_in_a_row_max",
    "models.links.latency_ms",
    "models.timing.kind",
    "models.timing.delta_ms",
    "models.timing.phi_ms",
    "models.timing.typical_ms",
    "models.timing.drift",
    "models.timing.offset_ms",
    "models.timing.stretch_ms",
    "models.timing.gst_ms",
];

/// Something that is varied, with the values that it takes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Factor {
    /// A parameter of the protocol, or one of [`FIELDS`].
    pub name: String,
    /// Its values, in order, each written as in a file.
    pub levels: Vec<String>,
}

impl Factor {
    /// Reads `NAME=V1,V2,…`. Whether there is such a thing is seen when a sweep is made of it.
    pub fn parse(text: &str) -> Result<Factor, String> {
        let (name, levels) = text.split_once('=').ok_or("must be NAME=VALUE or NAME=VALUE,VALUE,…")?;
        let levels = levels.split(',').map(|level| level.trim().to_owned()).collect();
        let factor = Factor { name: name.trim().to_owned(), levels };
        factor.check()?;
        Ok(factor)
    }

    fn check(&self) -> Result<(), String> {
        if self.name.is_empty() {
            return Err("there is no name before the “=”".into());
        }
        if self.levels.is_empty() || self.levels.iter().any(String::is_empty) {
            return Err(format!("{}: a value is empty", shortened(&self.name)));
        }
        let twice = |place: &usize| self.levels[..*place].contains(&self.levels[*place]);
        if let Some(place) = (1..self.levels.len()).find(twice) {
            return Err(format!(
                "{}: the value {} is there twice",
                shortened(&self.name),
                shortened(&self.levels[place])
            ));
        }
        Ok(())
    }
}

/// One of several parts of equal size, the runs of each in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shard {
    /// Its number, from 1.
    pub index: u32,
    /// Their number.
    pub count: u32,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { index: 1, count: 1 };

    /// Reads `I/N`: part I of N, counted from 1.
    pub fn parse(text: &str) -> Result<Shard, String> {
        let number = |text: &str| text.parse::<u32>().ok();
        let pair = text.split_once('/').and_then(|(index, count)| Some((number(index)?, number(count)?)));
        let (index, count) = pair.ok_or("must be I/N, such as 1/4 for the first of four shards")?;
        let shard = Shard { index, count };
        shard.check()?;
        Ok(shard)
    }

    fn check(self) -> Result<(), String> {
        if !(1..=SHARDS_MAX).contains(&self.count) {
            return Err(format!("there are from 1 to {SHARDS_MAX} shards, not {}", self.count));
        }
        if !(1..=self.count).contains(&self.index) {
            return Err(format!("shards are counted from 1/{0} to {0}/{0}", self.count));
        }
        Ok(())
    }

    /// Its part of `runs` runs.
    fn of(self, runs: u64) -> Range<u64> {
        let border = |index: u32| {
            let border = u128::from(runs) * u128::from(index) / u128::from(self.count);
            u64::try_from(border).expect("a part of the runs")
        };
        border(self.index - 1)..border(self.index)
    }
}

/// The design of a sweep: every seed at every combination of levels (a full factorial design).
///
/// Runs are numbered: the seed changes fastest, then the last factor, the first factor slowest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Design {
    /// The seeds, from the first to before the last.
    pub seeds: Range<u64>,
    /// The factors that are varied besides.
    pub factors: Vec<Factor>,
    /// The part of the runs that is wanted.
    pub shard: Shard,
}

impl Design {
    /// These seeds, nothing else varied, all of it.
    pub fn of(seeds: Range<u64>) -> Design {
        Design { seeds, factors: Vec::new(), shard: Shard::WHOLE }
    }

    /// Reads seeds as `A..B`: from A to before B.
    pub fn seeds(text: &str) -> Result<Range<u64>, String> {
        let number = |text: &str| text.parse::<u64>().ok();
        let pair = text.split_once("..").and_then(|(from, to)| Some((number(from)?, number(to)?)));
        let (from, to) = pair.ok_or("must be A..B, such as 0..100 for the seeds from 0 to 99")?;
        check_seeds(&(from..to))?;
        Ok(from..to)
    }

    /// Checks what the types cannot. The error says what is allowed.
    pub(super) fn check(&self) -> Result<(), String> {
        check_seeds(&self.seeds).map_err(|error| format!("seeds: {error}"))?;
        self.shard.check().map_err(|error| format!("shard: {error}"))?;
        if self.factors.len() > FACTORS_MAX {
            return Err(format!("{} things are varied; at most {FACTORS_MAX} can be", self.factors.len()));
        }
        for (place, factor) in self.factors.iter().enumerate() {
            factor.check()?;
            if self.factors[..place].iter().any(|other| other.name == factor.name) {
                return Err(format!("{}: is set twice; write all its values in one place", shortened(&factor.name)));
            }
        }
        let cells = self.factors.iter().try_fold(1usize, |cells, factor| cells.checked_mul(factor.levels.len()));
        if cells.is_none_or(|cells| cells > CELLS_MAX) {
            return Err(format!("there are more than {CELLS_MAX} combinations of values"));
        }
        if self.runs() > RUNS_MAX {
            return Err(format!("{} runs; a sweep has at most {RUNS_MAX}", self.runs()));
        }
        let part = self.part();
        if part.end - part.start > SHARD_RUNS_MAX {
            let shards = self.runs().div_ceil(SHARD_RUNS_MAX);
            return Err(format!(
                "{} runs in one shard; at most {SHARD_RUNS_MAX} are done in one go: take fewer seeds, or at least \
                 {shards} shards",
                part.end - part.start
            ));
        }
        Ok(())
    }

    /// The number of combinations of levels.
    pub fn cells(&self) -> usize {
        self.factors.iter().map(|factor| factor.levels.len()).product()
    }

    /// The number of runs that the whole sweep has.
    pub fn runs(&self) -> u64 {
        (self.seeds.end - self.seeds.start) * self.cells() as u64
    }

    /// The numbers of the runs of the shard.
    pub fn part(&self) -> Range<u64> {
        self.shard.of(self.runs())
    }

    /// The combination of levels of a run, and its seed.
    pub fn cell_and_seed(&self, run: u64) -> (usize, u32) {
        let seeds = self.seeds.end - self.seeds.start;
        let cell = usize::try_from(run / seeds).expect("combinations are few");
        let seed = u32::try_from(self.seeds.start + run % seeds).expect("seeds have 32 bits");
        (cell, seed)
    }

    /// The levels of a combination, one for each factor.
    pub fn levels(&self, cell: usize) -> Vec<&str> {
        let mut rest = cell;
        let mut levels: Vec<&str> = Vec::new();
        for factor in self.factors.iter().rev() {
            levels.push(&factor.levels[rest % factor.levels.len()]);
            rest /= factor.levels.len();
        }
        levels.reverse();
        levels
    }

    /// The scenario with the levels of a combination. The error names what does not fit.
    pub fn scenario(&self, catalogue: &Catalogue, base: &Scenario, cell: usize) -> Result<Scenario, String> {
        let mut scenario = base.clone();
        for (factor, level) in self.factors.iter().zip(self.levels(cell)) {
            scenario = set(catalogue, scenario, &factor.name, level)?;
        }
        scenario.plan(catalogue).map_err(|error| {
            let pairs: Vec<String> = self
                .factors
                .iter()
                .zip(self.levels(cell))
                .map(|(factor, level)| format!("{}={level}", factor.name))
                .collect();
            if pairs.is_empty() { error } else { format!("with {}: {error}", pairs.join(" ")) }
        })?;
        Ok(scenario)
    }
}

/// The names that may be varied in `scenario`: the parameters of its protocol, and [`FIELDS`].
pub fn variables(catalogue: &Catalogue, scenario: &Scenario) -> Vec<String> {
    let mut names = Vec::new();
    let layers = scenario.layers(catalogue);
    for (place, layer) in layers.iter().enumerate().rev() {
        let prefix = if place + 1 == layers.len() { String::new() } else { format!("{layer}.") };
        let Ok(entry) = catalogue.find(layer) else { continue };
        names.extend(entry.parameters.iter().map(|parameter| format!("{prefix}{}", parameter.name)));
    }
    names.extend(FIELDS.iter().map(|field| (*field).to_owned()));
    names
}

/// The layer that `name` is about, and the parameter's own name: the protocol's, or `LAYER.NAME` of one below it.
fn parameter<'a>(catalogue: &Catalogue, scenario: &Scenario, name: &'a str) -> Option<(Arc<Entry>, &'a str)> {
    let Some((layer, own)) = name.split_once('.') else { return Some((scenario.entry(catalogue).ok()?, name)) };
    let is_below = scenario.layers(catalogue).iter().any(|below| below == layer && below != &scenario.protocol);
    is_below.then(|| catalogue.find(layer).ok().map(|entry| (entry, own)))?
}

/// Values of one of [`variables`] that are worth a try, around what `scenario` has; only such as it can have.
pub fn suggestion(catalogue: &Catalogue, scenario: &Scenario, name: &str) -> Vec<String> {
    let parameter = parameter(catalogue, scenario, name)
        .and_then(|(entry, own)| entry.parameters.iter().find(|known| known.name == own).cloned());
    let here = match &parameter {
        Some(parameter) => scenario.parameters.get(name).map_or(parameter.default.to_string(), |value| value.0.clone()),
        None => {
            let tree = serde_json::to_value(scenario).expect("a scenario is plain data");
            let found = tree.pointer(&format!("/{}", name.replace('.', "/")));
            found.map_or(String::new(), |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let levels: Vec<String> = match (parameter.as_ref().map(|parameter| &parameter.domain), name) {
        (Some(Domain::Choice(all)), _) => all.iter().map(ToString::to_string).collect(),
        (Some(Domain::Flag), _) | (None, "models.links.fifo" | "models.links.authenticated") => {
            words(&["false", "true"])
        }
        (None, "models.failures") => words(&Failures::NAMES),
        (None, "models.links.kind") => words(&LinkKind::NAMES),
        (None, "models.timing.kind") => words(&TimingKind::NAMES),
        (None, "topology") => words(&Topology::ALL.map(Topology::name)),
        (None, "processes") => {
            let n = scenario.processes;
            [n.saturating_sub(1), n, n + 1, n + 2, 2 * n].iter().map(usize::to_string).collect()
        }
        _ => match here.parse::<u64>() {
            Ok(number) if number > 0 => {
                [number / 4, number / 2, number, 2 * number, 4 * number].iter().map(u64::to_string).collect()
            }
            Ok(_) if parameter.is_some() => words(&["0", "1", "2", "4"]),
            // A rate, or a time that is not given.
            _ if name.ends_with("_ms") => words(&["0", "100", "1000"]),
            _ => words(&["0", "0.05", "0.1", "0.2", "0.4"]),
        },
    };
    let fits = |level: &String| {
        set(catalogue, scenario.clone(), name, level).is_ok_and(|scenario| scenario.plan(catalogue).is_ok())
    };
    let mut fitting: Vec<String> = levels.into_iter().filter(fits).collect();
    fitting.dedup();
    fitting
}

fn check_seeds(seeds: &Range<u64>) -> Result<(), String> {
    let (from, to) = (seeds.start, seeds.end);
    if from == to {
        return Err(format!(
            "{from}..{to} holds no seed, since B itself is none of them; {from}..{} holds one",
            from.saturating_add(1)
        ));
    }
    if from > to {
        return Err(format!("{from}..{to} runs backwards; the smaller one comes first"));
    }
    if to > 1 << 32 {
        return Err(format!("{from}..{to}: seeds are below {}", 1u64 << 32));
    }
    Ok(())
}

/// The scenario with one thing set.
fn set(catalogue: &Catalogue, mut scenario: Scenario, name: &str, level: &str) -> Result<Scenario, String> {
    let entry = scenario.entry(catalogue)?;
    let is_one = |(entry, own): (Arc<Entry>, &str)| {
        own == MUTANT && !entry.mutants.is_empty() || entry.parameters.iter().any(|parameter| parameter.name == own)
    };
    if parameter(catalogue, &scenario, name).is_some_and(is_one) {
        scenario.parameters.insert(name.to_owned(), Setting(level.to_owned()));
        return Ok(scenario);
    }
    if !FIELDS.contains(&name) {
        let known = variables(catalogue, &scenario);
        return Err(format!(
            "{}: {} has no such parameter; what can be set is {}",
            shortened(name),
            entry.name,
            known.join(", ")
        ));
    }
    // The same reader as for files, so that a value means the same and errors are the same.
    let mut tree = serde_json::to_value(&scenario).expect("a scenario is plain data");
    let mut place = &mut tree;
    for part in name.split('.') {
        let object = place.as_object_mut().expect("the fields that may be set are in objects");
        place = object.entry(part).or_insert(serde_json::Value::Null);
    }
    *place = serde_json::from_str(level)
        .ok()
        .filter(|value: &serde_json::Value| value.is_number() || value.is_boolean())
        .unwrap_or_else(|| level.into());
    serde_json::from_value(tree).map_err(|error| {
        let (level, error) = (shortened(level), plain_error(&error.to_string()));
        format!("{name}={level}: {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::row::{FIXED, Measure};

    fn builtin() -> Catalogue {
        Catalogue::builtin()
    }

    fn named(name: &str) -> Scenario {
        builtin().scenario(name).expect("there is one of that name")
    }

    #[test]
    fn shards_adjoin_and_differ_by_at_most_one() {
        for runs in [0, 1, 3, 10, 97] {
            for count in 1..=12 {
                let parts: Vec<Range<u64>> = (1..=count).map(|index| Shard { index, count }.of(runs)).collect();
                assert_eq!((parts[0].start, parts[parts.len() - 1].end), (0, runs));
                assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start), "{parts:?}");
                let lengths = parts.iter().map(|part| part.end - part.start);
                assert!(lengths.clone().max().unwrap_or(0) - lengths.min().unwrap_or(0) <= 1, "{parts:?}");
            }
        }
    }

    #[test]
    fn seeds_change_fastest_and_the_first_factor_slowest() {
        let factor = |text| Factor::parse(text).expect("valid");
        let design = Design { factors: vec![factor("a=1,2"), factor("b=x,y,z")], ..Design::of(5..7) };
        let run = |run| {
            let (cell, seed) = design.cell_and_seed(run);
            format!("{} {seed}", design.levels(cell).join(" "))
        };
        assert_eq!(design.runs(), 12);
        assert_eq!([run(0), run(1), run(2), run(6), run(11)], ["1 x 5", "1 x 6", "1 y 5", "2 x 5", "2 z 6"]);
    }

    #[test]
    fn what_is_suggested_fits_and_contains_what_is_there() {
        let base = named("slow-or-dead");
        for name in &variables(&builtin(), &base) {
            for level in suggestion(&builtin(), &base, name) {
                let scenario =
                    set(&builtin(), base.clone(), name, &level).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(scenario.plan(&builtin()).is_ok(), "{name}={level}");
            }
        }
        assert_eq!(suggestion(&builtin(), &base, "models.timing.kind"), TimingKind::NAMES);
        let zero_rate = suggestion(&builtin(), &named("say-it-again"), "models.links.loss");
        assert!(zero_rate.len() > 1, "{zero_rate:?}");
    }

    #[test]
    fn a_parameter_of_a_layer_below_can_be_varied_by_its_full_name() {
        let base = named("eventual-leader");
        let name = "increasing-timeout.period-ms";
        assert!(variables(&builtin(), &base).iter().any(|known| known == name));
        assert!(suggestion(&builtin(), &base, name).contains(&"200".to_owned()));
        let slower = set(&builtin(), base.clone(), name, "300").expect("it is a parameter of a layer of it");
        let hash = |scenario: &Scenario| {
            let mut history = scenario.start(&builtin()).expect("valid");
            history.run(200);
            history.engine().trace_hash()
        };
        assert_ne!(hash(&slower), hash(&base));
        assert_eq!(hash(&set(&builtin(), base.clone(), name, "100").expect("the default")), hash(&base));
        let error = |name: &str, level: &str| match set(&builtin(), base.clone(), name, level) {
            Ok(scenario) => scenario.plan(&builtin()).map(|_| ()).expect_err("it does not fit"),
            Err(error) => error,
        };
        assert!(error(name, "0").starts_with("parameters.increasing-timeout.period-ms: \"0\" is not"));
        assert!(error("heartbeat.period-ms", "5").contains("has no such parameter"));
        let mut scenario = base.clone();
        scenario.parameters.insert("heartbeat.period-ms".into(), Setting("5".into()));
        let error = scenario.plan(&builtin()).map(|_| ()).expect_err("no such layer");
        assert_eq!(error, "parameters.heartbeat: heartbeat is no module under eventual-leader");
    }

    #[test]
    fn every_field_can_be_set_as_a_file_says_it() {
        let base = named("say-it-again");
        for field in FIELDS {
            let level = match *field {
                "topology" => "line",
                "models.failures" => "crash-recovery",
                "models.links.kind" => "fair-loss",
                "models.timing.kind" => "asynchronous",
                "models.links.fifo" | "models.links.authenticated" => "true",
                "models.links.loss" | "models.links.duplication" | "models.links.reorder" | "models.timing.drift" => {
                    "0.25"
                }
                "models.links.alter" | "models.links.inject" | "models.links.replay" => "0",
                _ => "2",
            };
            let scenario =
                set(&builtin(), base.clone(), field, level).unwrap_or_else(|error| panic!("{field}: {error}"));
            let tree = serde_json::to_value(&scenario).expect("plain data");
            let found = tree.pointer(&format!("/{}", field.replace('.', "/"))).expect("it is written");
            let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            assert_eq!(text.trim_end_matches(".0"), level, "{field}");
        }
    }

    #[test]
    fn no_column_has_two_meanings() {
        let measures = Measure::ALL.map(Measure::name);
        let fixed: Vec<&str> = FIXED.iter().copied().chain(measures).chain(FIELDS.iter().copied()).collect();
        for entry in builtin().entries() {
            let parameters = entry.parameters.iter().map(|parameter| &*parameter.name).chain([MUTANT]);
            let properties = entry.promises().map(|(name, _)| name);
            let mut names: Vec<&str> = fixed.iter().copied().chain(parameters).chain(properties).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{}: {names:?}", entry.name);
        }
    }
}
