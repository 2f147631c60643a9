//! The command line: the laboratory without a page. Each command is one file here.
//!
//! Exit statuses: 0 fine, 1 a property was violated or a history is not linearisable, 2 bad input or a file that cannot
//! be read or written.

use bivalent::catalogue::{Catalogue, Unmet};
use bivalent::quote::shortened;
use bivalent::scenario::{self, BYTES_MAX, Scenario};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::process::ExitCode;

mod adversary;
mod bar;
mod check;
mod diagram;
mod explore;
mod history;
mod list;
mod run;
mod show;
mod sweep;

/// A laboratory of distributed systems.
#[derive(Parser)]
#[command(name = "bivalent", version, about, subcommand_required = true, arg_required_else_help = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists the protocols and the scenarios of the gallery
    List(list::List),
    /// Runs a scenario and judges its properties
    Run(run::RunCommand),
    /// Writes a scenario as a file
    Show(show::Show),
    /// Runs a scenario with many seeds and settings
    Sweep(sweep::Survey),
    /// Explores every schedule of a protocol
    Explore(explore::Explore),
    /// Plays the adversary of FLP's proof against a protocol
    Adversary(adversary::Play),
    /// Draws a run: its space-time diagram, or the board at one moment
    Diagram(diagram::Draw),
    /// Judges a history of operations: is it linearisable?
    History(history::JudgeHistory),
    /// Checks scenario files without running them
    Check(check::Check),
    #[command(hide = true)]
    Schema(Later),
}

/// The arguments of a command that is not built yet: anything.
#[derive(Args)]
#[command(disable_help_flag = true)]
struct Later {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _anything: Vec<String>,
}

/// The form in which a command writes what it found.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A summary for people
    Text,
    /// One JSON document and nothing else
    Json,
}

/// The end of a command that could do its work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Nothing was violated.
    Fine,
    /// A property was violated.
    Violated,
}

/// The answer of a command. The error says what is wrong, where, and what is allowed.
pub type Answer = Result<End, String>;

/// Reads the arguments, does what they say, and tells how it went.
pub fn main() -> ExitCode {
    let line = Line::parse();
    let catalogue = Catalogue::builtin();
    let answer = match line.command {
        Command::List(list) => list.execute(&catalogue),
        Command::Run(run) => run.execute(&catalogue),
        Command::Show(show) => show.execute(&catalogue),
        Command::Sweep(sweep) => sweep.execute(&catalogue),
        Command::Explore(explore) => explore.execute(&catalogue),
        Command::Adversary(play) => play.execute(&catalogue),
        Command::Diagram(diagram) => diagram.execute(&catalogue),
        Command::History(history) => history.execute(),
        Command::Check(check) => check.execute(&catalogue),
        Command::Schema(_) => not_built("schema"),
    };
    match answer {
        Ok(End::Fine) => ExitCode::SUCCESS,
        Ok(End::Violated) => ExitCode::from(1),
        Err(reason) => {
            warn(&format!("error: {reason}"));
            ExitCode::from(2)
        }
    }
}

fn not_built(name: &str) -> Answer {
    Err(format!("{name}: this command is not built yet; see bivalent --help for those that are"))
}

/// Writes to standard output, and says whether anybody still reads it. A reader that has had enough, such as `head`, is
/// no error.
fn print_on(text: &str) -> Result<bool, String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(format!("standard output: {error}")),
    }
}

/// Writes to standard output, whether anybody reads it or not.
fn print(text: &str) -> Result<(), String> {
    print_on(text).map(|_| ())
}

/// Writes one JSON document to standard output.
fn print_json<T: serde::Serialize>(document: &T) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(document).expect("plain data with texts as keys");
    text.push('\n');
    print(&text)
}

/// Writes a file.
fn save(path: &str, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{path}: {error}"))
}

/// Writes a line to standard error.
fn warn(text: &str) {
    // There is nowhere left to report that standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// The scenario of that name, of a file, or of standard input (`-`).
fn load(catalogue: &Catalogue, name: &str) -> Result<Scenario, String> {
    if let Some(scenario) = catalogue.known(name) {
        return Ok(scenario);
    }
    if name == "-" {
        let text = read(io::stdin().lock(), BYTES_MAX).map_err(|error| format!("standard input: {error}"))?;
        return catalogue.read(&text).map_err(|error| format!("standard input: {error}"));
    }
    match File::open(name) {
        Ok(file) => {
            let text = read(file, BYTES_MAX).map_err(|error| format!("{name}: {error}"))?;
            catalogue.read(&text).map_err(|error| format!("{name}: {error}"))
        }
        Err(error) => Err(format!(
            "{}: {error}; a scenario is a file, - for standard input, a protocol's name, one of those that \
                 `bivalent list` names beside an assumption, or one of the gallery: {}",
            shortened(name),
            scenario::names().collect::<Vec<&str>>().join(", ")
        )),
    }
}

/// An assumption that does not hold, as it stands in a document.
#[derive(serde::Serialize)]
struct Lack {
    #[serde(flatten)]
    unmet: Unmet,
    text: String,
}

/// The assumptions that do not hold in `scenario`.
fn lacks(catalogue: &Catalogue, scenario: &Scenario) -> Result<Vec<Lack>, String> {
    Ok(scenario.unmet(catalogue)?.into_iter().map(|unmet| Lack { text: unmet.text(), unmet }).collect())
}

/// All of `source`, if it has at most so many bytes.
fn read(source: impl Read, bytes_max: usize) -> Result<String, String> {
    let mut bytes = Vec::new();
    source.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > bytes_max {
        return Err(format!("the file has more than {bytes_max} bytes, which is the most that is read"));
    }
    String::from_utf8(bytes).map_err(|_| "the file is not text in UTF-8".to_owned())
}
