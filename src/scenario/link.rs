//! Permalinks: a scenario and a position in a short text, `1z.` and the base64url of the deflated JSON.

use super::{BYTES_MAX, Scenario};
use crate::quote::{plain_error, quoted, shortened};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt::{self, Display};

/// The longest link text, in bytes. Above it a file is the way.
pub const LINK_BYTES_MAX: usize = 8 * 1024;

const PREFIX: &str = "1z.";

/// The text of a link that holds `json`.
fn pack(json: &str) -> Result<String, LinkError> {
    let packed = miniz_oxide::deflate::compress_to_vec(json.as_bytes(), 9);
    let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(packed));
    if text.len() > LINK_BYTES_MAX { Err(LinkError::TooLong(text.len())) } else { Ok(text) }
}

/// The fields of what a link holds.
type Fields = serde_json::Map<String, serde_json::Value>;

/// The content of a link's text, inflated no further than the limit: no other fields than these, some of which had
/// another name before.
fn unpack(text: &str, known: &[&str], renamed: &[(&str, &str)]) -> Result<Fields, LinkError> {
    if text.len() > LINK_BYTES_MAX {
        return Err(LinkError::TooLong(text.len()));
    }
    let packed = text.strip_prefix(PREFIX).ok_or(LinkError::NotOurs)?;
    let packed = URL_SAFE_NO_PAD.decode(packed).map_err(|_| LinkError::NotOurs)?;
    let json =
        miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, BYTES_MAX).map_err(|_| LinkError::NotOurs)?;
    let json = String::from_utf8(json).map_err(|_| LinkError::NotOurs)?;
    let mut read: Fields =
        serde_json::from_str(&json).map_err(|error| LinkError::Invalid(plain_error(&error.to_string())))?;
    for (old, new) in renamed {
        if let Some(value) = read.remove(*old) {
            read.insert((*new).to_owned(), value);
        }
    }
    match read.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(LinkError::Invalid(format!("unknown field {}; it has {}", quoted(name), known.join(", ")))),
        None => Ok(read),
    }
}

/// The scenario in a field of a link.
fn scenario(read: &Fields, field: &str) -> Result<Scenario, String> {
    let scenario = read.get(field).ok_or_else(|| format!("it has no {field}"))?;
    Scenario::parse(&scenario.to_string())
}

/// The content of another field; without it, `T`'s default.
fn field<T: Default>(
    read: &Fields,
    name: &str,
    expected: &str,
    meaning: impl Fn(&serde_json::Value) -> Option<T>,
) -> Result<T, LinkError> {
    let Some(value) = read.get(name) else { return Ok(T::default()) };
    meaning(value)
        .ok_or_else(|| LinkError::Invalid(format!("{name}: {} is not {expected}", shortened(&value.to_string()))))
}

/// The content of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The scenario, with its interventions.
    pub scenario: Scenario,
    /// The number of events that had happened.
    pub position: u64,
}

/// Why a link cannot be made or read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkError {
    /// It would be longer than [`LINK_BYTES_MAX`], with its length.
    TooLong(usize),
    /// It is not a link of this laboratory, or was damaged.
    NotOurs,
    /// It is one, and what it holds is not a valid scenario, with the reason.
    Invalid(String),
}

impl Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::TooLong(bytes) => {
                write!(f, "the link would have {bytes} bytes, and {LINK_BYTES_MAX} is the most: save a file instead")
            }
            LinkError::NotOurs => f.write_str("this link is damaged, or is not from this laboratory"),
            LinkError::Invalid(reason) => write!(f, "the link holds no valid scenario: {reason}"),
        }
    }
}

impl Link {
    /// The link's text.
    pub fn encode(&self) -> Result<String, LinkError> {
        // The file's own text, white space and all: that packs well, and a second way of writing would not be small.
        let json = format!("{{\"scenario\":{},\"event\":{}}}", self.scenario.to_json(), self.position);
        pack(&json)
    }

    /// Reads a link's text. What it holds has the form of a scenario; [`Catalogue::link`](crate::catalogue::Catalogue::link)
    /// also checks it.
    pub fn decode(text: &str) -> Result<Link, LinkError> {
        let read = unpack(text, &["scenario", "event"], &[("position", "event")])?;
        let scenario = scenario(&read, "scenario").map_err(LinkError::Invalid)?;
        let position = field(&read, "event", "a number of events", serde_json::Value::as_u64)?;
        Ok(Link { scenario, position })
    }
}

/// The content of a link to two runs side by side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PairLink {
    /// The scenarios, left and right, with their interventions.
    pub scenarios: [Scenario; 2],
    /// The number of events of each that had happened.
    pub positions: [u64; 2],
    /// True if they are kept in step by events, and not by time.
    pub by_events: bool,
}

impl PairLink {
    /// The link's text.
    pub fn encode(&self) -> Result<String, LinkError> {
        let [left, right] = &self.scenarios;
        let ([here, there], by_events) = (self.positions, self.by_events);
        pack(&format!(
            "{{\"left\":{},\"right\":{},\"events\":[{here},{there}],\"by_events\":{by_events}}}",
            left.to_json(),
            right.to_json()
        ))
    }

    /// Reads a link's text. What it holds has the form of a scenario; [`Catalogue::link`](crate::catalogue::Catalogue::link)
    /// also checks it.
    pub fn decode(text: &str) -> Result<PairLink, LinkError> {
        let read = unpack(text, &["left", "right", "events", "by_events"], &[("positions", "events")])?;
        let side = |field| scenario(&read, field).map_err(|error| LinkError::Invalid(format!("{field}: {error}")));
        let scenarios = [side("left")?, side("right")?];
        let positions = field(&read, "events", "two numbers of events", |both| match &both.as_array()?[..] {
            [left, right] => Some([left.as_u64()?, right.as_u64()?]),
            _ => None,
        })?;
        let by_events = field(&read, "by_events", "true or false", serde_json::Value::as_bool)?;
        Ok(PairLink { scenarios, positions, by_events })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Value;

    fn example() -> Link {
        let mut scenario = Scenario::new("wait-for-all", "Wait for all", 3);
        scenario.inputs = vec![Some(Value::Bit(true)); 3];
        Link { scenario, position: 7 }
    }

    #[test]
    fn a_link_holds_the_scenario_and_the_position() {
        let link = example();
        assert_eq!(Link::decode(&link.encode().expect("short")), Ok(link));
    }

    #[test]
    fn damaged_and_foreign_links_are_refused() {
        let text = example().encode().expect("short");
        for bad in ["", "1z.", "1z.!!!", "2z.abc", &text[..text.len() - 9], &format!("x{text}")] {
            assert_eq!(Link::decode(bad), Err(LinkError::NotOurs), "{bad:?}");
        }
    }

    #[test]
    fn a_bomb_is_not_inflated() {
        let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; 4 << 20], 9);
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bomb));
        assert!(matches!(Link::decode(&text), Err(LinkError::NotOurs | LinkError::TooLong(_))));
    }

    #[test]
    fn a_link_to_two_runs_holds_both_and_where_they_are() {
        let Link { scenario, .. } = example();
        let other = Scenario { seed: 9, ..scenario.clone() };
        let link = PairLink { scenarios: [scenario, other], positions: [7, 5], by_events: true };
        let text = link.encode().expect("short");
        assert_eq!(PairLink::decode(&text), Ok(link.clone()));
        assert_eq!(PairLink::decode(&text[..text.len() - 9]), Err(LinkError::NotOurs));
        let one = example().encode().expect("short");
        let error = "unknown field \"event\"; it has left, right, events, by_events";
        assert_eq!(PairLink::decode(&one), Err(LinkError::Invalid(error.into())));
        assert_eq!(
            PairLink::decode(&pack("{}").expect("short")),
            Err(LinkError::Invalid("left: it has no left".into()))
        );
        let mut wrong = link;
        wrong.scenarios[1].processes = 999;
        let error = PairLink::decode(&wrong.encode().expect("short")).expect_err("invalid");
        assert!(error.to_string().contains("right: processes: 999"), "{error}");
    }

    #[test]
    fn a_field_that_is_unknown_or_means_nothing_is_named() {
        let scenario = example().scenario.to_json();
        let one = |rest: &str| Link::decode(&pack(&format!("{{\"scenario\":{scenario}{rest}}}")).expect("short"));
        assert_eq!(one("").map(|link| link.position), Ok(0));
        let invalid = |reason: &str| Err(LinkError::Invalid(reason.into()));
        assert_eq!(one(r#","position":"7""#), invalid(r#"event: "7" is not a number of events"#));
        assert_eq!(one(r#","position":-1"#), invalid("event: -1 is not a number of events"));
        assert_eq!(one(r#","colour":1"#), invalid(r#"unknown field "colour"; it has scenario, event"#));
        let two = |rest: &str| {
            PairLink::decode(&pack(&format!("{{\"left\":{scenario},\"right\":{scenario}{rest}}}")).expect("short"))
        };
        assert_eq!(two(r#","positions":[1]"#), {
            Err(LinkError::Invalid("events: [1] is not two numbers of events".into()))
        });
        assert_eq!(two(r#","by_events":1"#), Err(LinkError::Invalid("by_events: 1 is not true or false".into())));
    }

    #[test]
    fn an_invalid_scenario_in_a_link_is_named() {
        let mut link = example();
        link.scenario.processes = 999;
        let error = Link::decode(&link.encode().expect("short")).expect_err("invalid");
        assert!(error.to_string().contains("processes: 999"), "{error}");
    }
}
