//! What an error quotes of what it found: enough to recognise it, however long it is.

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

/// An error of serde, with what it quotes [`shortened`]. What was found stands between the first mark of quotation and
/// the words on what was expected, which are ours.
pub fn shortened_error(error: &str) -> String {
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
            shortened_error(&error.to_string())
        };
        let long = "x, expected `".repeat(100);
        let begin = &long[..79];
        assert_eq!(error(r#""plane""#), "unknown variant `plane`, expected `plain` at line 1 column 7");
        assert!(error(&format!("{long:?}")).starts_with(&format!("unknown variant `{begin}…`, expected `plain` at")));
        let field = error(&format!("{{\"plain\": {{{long:?}: 1}}}}"));
        assert!(field.starts_with(&format!("unknown field `{begin}…`, expected `number` at")), "{field}");
        let number = error(&format!("{{\"plain\": {{\"number\": {long:?}}}}}"));
        assert!(number.starts_with(&format!("invalid type: string \"{begin}…\", expected u8 at")), "{number}");
        assert_eq!(error("{"), "EOF while parsing an object at line 1 column 1");
    }
}
