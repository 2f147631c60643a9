//! Histories as Jepsen writes them: JSON lines, or EDN with a map for each line or a vector of maps.
//!
//! `{"process": 0, "type": "invoke", "f": "cas", "value": [1, 2]}` is an invocation; `ok`, `fail` and `info` are the
//! three ways in which it ends. Other keys are ignored, and so is the process `nemesis`. The moments of the history name
//! the lines.

use super::edn::EdnReader;
use super::history::{OperationHistory, OperationMoment, OperationOutcome};
use super::value::{NESTING_MAX, OperationValue};
use crate::quote::quoted;

/// The most bytes of a file: 4 MiB.
pub const BYTES_MAX: usize = 4 << 20;

/// The most operations of a history.
pub const OPERATIONS_MAX: usize = 50_000;

const EXAMPLE: &str = r#"allowed is one object a line, such as {"process": 0, "type": "invoke", "f": "read", "value": null}, or the same as EDN"#;

/// Reads a history. The error names the line, says what is wrong there, and what is allowed.
pub fn read(text: &str) -> Result<OperationHistory, String> {
    if text.len() > BYTES_MAX {
        return Err(format!("the text has {} bytes; at most {BYTES_MAX} are read", text.len()));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut history = OperationHistory::default();
    // A JSON object begins with a key in quotation marks, an EDN map of Jepsen's with a keyword.
    let begin = text.trim_start().trim_start_matches('[').trim_start();
    let is_json = begin.strip_prefix('{').is_some_and(|inside| inside.trim_start().starts_with('"'));
    if is_json {
        json(text, &mut history)?
    } else {
        edn(text, &mut history)?
    }
    Ok(history)
}

fn in_line(line: u64, reason: impl std::fmt::Display) -> String {
    format!("line {line}: {reason}")
}

fn json(text: &str, history: &mut OperationHistory) -> Result<(), String> {
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
            let error = error.to_string().replace(" at line 1 column", ", at column");
            in_line(line, format!("no JSON: {error}; {EXAMPLE}"))
        })?;
        if nests_deeper(&value, NESTING_MAX) {
            let reason = format!("nested deeper than {NESTING_MAX} levels, which is the most that is read");
            return Err(in_line(line, reason));
        }
        record(value.into(), line, history).map_err(|reason| in_line(line, reason))?;
    }
    Ok(())
}

/// True if lists and maps lie in each other more than `depth` times. The parser has a limit of its own.
fn nests_deeper(value: &serde_json::Value, depth: usize) -> bool {
    let mut parts: Box<dyn Iterator<Item = &serde_json::Value>> = match value {
        serde_json::Value::Array(parts) => Box::new(parts.iter()),
        serde_json::Value::Object(parts) => Box::new(parts.values()),
        _ => return false,
    };
    depth == 0 || parts.any(|part| nests_deeper(part, depth - 1))
}

fn edn(text: &str, history: &mut OperationHistory) -> Result<(), String> {
    let mut reader = EdnReader::new(text);
    let is_vector = reader.skip('[');
    loop {
        let begin = (reader.peek(), reader.line()).1;
        match reader.value(0).map_err(|reason| in_line(reader.line(), format!("no EDN: {reason}; {EXAMPLE}")))? {
            Some(value) => record(value, begin, history).map_err(|reason| in_line(begin, reason))?,
            None => break,
        }
    }
    let closed = !is_vector || reader.skip(']');
    match (closed, reader.peek()) {
        (true, None) => Ok(()),
        (false, None) => Err(in_line(reader.line(), "the vector of operations has no closing ]")),
        (_, Some(found)) => {
            Err(in_line(reader.line(), format!("{found:?} behind the last operation, where the text should end")))
        }
    }
}

/// Appends the invocation or the response that a record tells. The error says what is wrong and what is allowed.
fn record(value: OperationValue, line: u64, history: &mut OperationHistory) -> Result<(), String> {
    let OperationValue::Map(fields) = &value else { return Err(format!("{}; {EXAMPLE}", value.quoted())) };
    let field = |name: &str| fields.get(name).ok_or_else(|| format!("{name} is missing; {EXAMPLE}"));
    let process = match field("process")? {
        OperationValue::Text(text) if **text == *"nemesis" => return Ok(()),
        OperationValue::Integer(number) if *number >= 0 => *number as u64,
        other => {
            let allowed = "allowed are whole numbers from 0, and nemesis, which is ignored";
            return Err(format!("process: {}; {allowed}", other.quoted()));
        }
    };
    let name = match field("f")? {
        OperationValue::Text(name) => name.clone(),
        other => return Err(format!("f: {}; allowed is the name of an operation, such as read", other.quoted())),
    };
    let kind = field("type")?;
    let value = fields.get("value").cloned().unwrap_or_default();
    let outcome = match kind.text() {
        Some("invoke") => {
            if history.operations().len() == OPERATIONS_MAX {
                return Err(format!("more than {OPERATIONS_MAX} operations, which is the most that is read"));
            }
            let at = OperationMoment { source: line, at_us: 0 };
            return history.invoke(process, name, value, at).map(|_| ()).map_err(|error| error.to_string());
        }
        Some("ok") => OperationOutcome::Ok(value),
        Some("fail") => OperationOutcome::Failed,
        Some("info") => OperationOutcome::Unknown,
        _ => return Err(format!("type: {}; allowed are invoke, ok, fail and info", kind.quoted())),
    };
    if let Some(open) = history.open(process).filter(|open| open.name != name) {
        return Err(format!(
            "f: {}; process {process} waits for its {} of line {}, whose name is allowed",
            quoted(&name),
            quoted(&open.name),
            open.invoked_at.source
        ));
    }
    history
        .respond(process, outcome, OperationMoment { source: line, at_us: 0 })
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"process":0,"type":"invoke","f":"cas","value":[1,2],"time":12.5,"index":0}
{"process":"nemesis","type":"info","f":"partition","value":null}

{"process":1,"type":"invoke","f":"read"}
{"process":1,"type":"ok","f":"read","value":"Zoë"}
{"process":0,"type":"info","f":"cas","value":[1,2],"error":"timeout"}
{"process":0,"type":"invoke","f":"write","value":3}
{"process":0,"type":"fail","f":"write","value":3}
"#;
    const EDN: &str = r#"{:process 0, :type :invoke, :f :cas, :value [1 2], :time 12.5, :index 0}
{:process :nemesis, :type :info, :f :partition, :value nil}

{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value "Zoë"}
{:process 0, :type :info, :f :cas, :value [1 2], :error :timeout}
#jepsen.history.Op{:process 0, :type :invoke, :f :write, :value 3}
{:process 0, :type :fail, :f :write, :value 3}
"#;

    #[test]
    fn json_and_edn_of_the_same_history_agree() {
        let history = read(JSON).expect("it is well formed");
        assert_eq!(history.operations().len(), 3);
        let lines: Vec<u64> = history.operations().iter().map(|operation| operation.invoked_at.source).collect();
        assert_eq!(lines, [1, 4, 7]);
        assert_eq!(history.operations()[1].result(), Some(&"Zoë".into()));
        assert_eq!(history.operations()[0].outcome, OperationOutcome::Unknown);
        assert_eq!(history.operations()[2].process.to_string(), "0/2");
        assert_eq!(read(EDN), Ok(history.clone()));
        assert_eq!(read(&format!("[{EDN}]")), Ok(history.clone()));
        assert_eq!(read(&format!("\u{feff}{EDN}")), Ok(history));
        assert_eq!(read(""), Ok(OperationHistory::default()));
    }

    #[test]
    fn errors_name_the_line_and_say_what_is_allowed() {
        let first = r#"{"process":0,"type":"invoke","f":"read","value":null}"#;
        for (second, words) in [
            ("{", "no JSON: EOF while parsing an object, at column 1; allowed is one object a line"),
            ("[1]", "[1]; allowed is one object a line"),
            (r#"{"type":"ok","f":"read"}"#, "process is missing"),
            (r#"{"process":-1,"type":"ok","f":"read"}"#, "process: -1; allowed are whole numbers from 0"),
            (r#"{"process":1.5,"type":"ok","f":"read"}"#, "process: 1.5; allowed"),
            (r#"{"process":0,"type":"done","f":"read"}"#, "type: \"done\"; allowed are invoke, ok, fail and info"),
            (r#"{"process":0,"type":"ok","f":7}"#, "f: 7; allowed is the name of an operation"),
            (r#"{"process":0,"type":"ok","f":"write"}"#, "f: \"write\"; process 0 waits for its \"read\" of line 1"),
            (r#"{"process":1,"type":"ok","f":"read"}"#, "process 1 has no open operation"),
            (first, "process 0 invokes an operation while its \"read\" of 1 has no response"),
        ] {
            let error = read(&format!("{first}\n{second}")).expect_err(second);
            assert!(error.starts_with("line 2: ") && error.contains(words), "{second}: {error}");
        }
        let deep = format!("{first}\n{{\"process\":{}{}}}", "[".repeat(60), "]".repeat(60));
        assert!(read(&deep).expect_err("deep").starts_with("line 2: nested deeper than 32 levels"));
        let edn = read("{:process 0\n :type :invoke :f :read}\n\n{:process 0 :type :what :f :read}").expect_err("what");
        assert!(edn.starts_with("line 4: type: \"what\"; allowed"), "{edn}");
        assert!(read("[{:process 0 :type :invoke :f :read}").expect_err("open").contains("no closing ]"));
        assert!(read("{:process 0 :type :invoke :f :read} ]").expect_err("more").contains("']' behind"));
        assert!(read(&" ".repeat(BYTES_MAX + 1)).expect_err("long").contains("at most 4194304 are read"));
    }
}
