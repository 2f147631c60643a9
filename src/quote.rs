//! Quotes in errors: enough of a text to recognise it, however long it is.

use std::borrow::Cow;

/// The most characters of what was found that an error quotes.
pub const QUOTED_MAX: usize = 80;

/// `found`; where it is longer than [`QUOTED_MAX`], its beginning and `…`.
pub fn shortened(found: &str) -> Cow<'_, str> {
    if found.chars().count() <= QUOTED_MAX {
        return Cow::Borrowed(found);
    }
    Cow::Owned(found.chars().take(QUOTED_MAX - 1).chain(['…']).collect())
}

/// `found` in quotation marks, [`shortened`].
pub fn quoted(found: &str) -> String {
    format!("{:?}", shortened(found))
}

/// An error of serde in words of files, and not of the program: `3 is not a text`. It quotes what was found
/// [`shortened`].
pub fn plain_error(error: &str) -> String {
    let error = shortened_error(error).replacen("unknown variant", "unknown word", 1);
    let Some((found, expected)) = error.rsplit_once(", expected ") else { return error };
    let (expected, place) = match expected.rfind(" at line ") {
        Some(at) => expected.split_at(at),
        None => (expected, ""),
    };
    let found = match found.split_once(": ") {
        Some(("invalid type" | "invalid value", found)) => found,
        _ if found.starts_with("invalid length") => "sequence",
        // It names a field or a word that is unknown, and then those that are known.
        _ => return error,
    };
    let found = match found {
        "sequence" => "a list",
        "map" | "newtype variant" | "struct variant" | "tuple variant" => "an object",
        "unit variant" => "a word alone",
        _ => {
            let kinds = ["integer ", "floating point ", "boolean ", "string "];
            kinds.iter().find_map(|kind| found.strip_prefix(kind)).unwrap_or(found).trim_matches('`')
        }
    };
    let expected = match expected {
        "a sequence" => "a list",
        "a map" => "an object",
        "a string" => "a text",
        "a boolean" => "true or false",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 up",
        "i32" | "i64" => "a whole number",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.starts_with("tuple ") => "a list",
        _ => expected,
    };
    format!("{found} is not {expected}{place}")
}

/// The quote stands between the first mark of quotation and the words on what was expected, which are ours.
fn shortened_error(error: &str) -> String {
    let end = error.rfind(", expected ").unwrap_or(error.len());
    let Some(begin) = error[..end].find(['`', '"']) else { return error.to_owned() };
    let Some(found) = error[begin + 1..end].strip_suffix(['`', '"']) else { return error.to_owned() };
    error.replacen(found, &shortened(found), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[test]
    fn only_what_is_long_is_shortened() {
        assert_eq!(quoted("a \"word\""), r#""a \"word\"""#);
        let most = "é".repeat(QUOTED_MAX);
        assert_eq!(shortened(&most), most);
        let more = shortened(&"é".repeat(QUOTED_MAX + 1)).into_owned();
        assert_eq!((more.chars().count(), more.ends_with("é…")), (QUOTED_MAX, true));
    }

    #[test]
    fn errors_of_serde_quote_no_more() {
        #[derive(Deserialize, Debug)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        enum Word {
            Plain { number: u8 },
        }
        let error = |json: &str| {
            let error = serde_json::from_str::<Word>(json).map(|Word::Plain { number }| number).expect_err("wrong");
            plain_error(&error.to_string())
        };
        let long = "x, expected `".repeat(100);
        let begin = &long[..79];
        assert_eq!(error(r#""plane""#), "unknown word `plane`, expected `plain` at line 1 column 7");
        assert!(error(&format!("{long:?}")).starts_with(&format!("unknown word `{begin}…`, expected `plain` at")));
        let field = error(&format!("{{\"plain\": {{{long:?}: 1}}}}"));
        assert!(field.starts_with(&format!("unknown field `{begin}…`, expected `number` at")), "{field}");
        let number = error(&format!("{{\"plain\": {{\"number\": {long:?}}}}}"));
        assert!(number.starts_with(&format!("\"{begin}…\" is not a whole number from 0 to 255 at")), "{number}");
        assert_eq!(error(r#"{"plain": 3}"#), "3 is not an object at line 1 column 11");
        assert_eq!(
            error(r#"{"plain": {"number": []}}"#),
            "a list is not a whole number from 0 to 255 at line 1 column 21"
        );
        assert_eq!(
            error(r#"{"plain": {"number": 2.5}}"#),
            "2.5 is not a whole number from 0 to 255 at line 1 column 24"
        );
        assert_eq!(error(r#""plain""#), "a word alone is not an object");
        assert_eq!(error("{"), "EOF while parsing an object at line 1 column 1");
    }
}
