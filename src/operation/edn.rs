//! The extensible data notation of Clojure, as far as Jepsen's histories use it (<https://github.com/edn-format/edn>).
//!
//! A reader of our own: it has to name lines, and to bear any text without deep recursion, which the crates for it do not.
//! A keyword becomes its name, a character and a symbol a text, a set a list in order, a tagged element its element, and
//! a number that is no whole number of 64 bits stays as it is written. Keys of maps become texts, as in Jepsen's JSON.

use super::value::{NESTING_MAX, OperationValue};
use crate::quote::quoted;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::rc::Rc;
use std::str::Chars;

/// A text that is being read.
pub(super) struct EdnReader<'a> {
    rest: Peekable<Chars<'a>>,
    /// The line of the next character, from 1.
    line: u64,
}

/// A thing that can begin at a place.
enum Token {
    Value(OperationValue),
    /// A bracket that closes what it stands in.
    Close,
    Open(char),
    /// The value behind it is skipped.
    Discard,
    /// The value behind it is of a kind of its own.
    Tag,
}

impl<'a> EdnReader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        EdnReader { rest: text.chars().peekable(), line: 1 }
    }

    /// The line of the next character, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    fn take(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        self.line += u64::from(character == '\n');
        Some(character)
    }

    /// Goes to the next character that means something, and looks at it. Commas are spaces.
    pub(super) fn peek(&mut self) -> Option<char> {
        loop {
            match *self.rest.peek()? {
                ';' => while self.take().is_some_and(|character| character != '\n') {},
                character if character.is_whitespace() || character == ',' => {
                    self.take();
                }
                character => return Some(character),
            }
        }
    }

    /// Takes the next character that means something, if it is this one.
    pub(super) fn skip(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.take();
        }
        found
    }

    /// The next value; none at the end of the text, or before the bracket that closes what the value would be in.
    pub(super) fn value(&mut self, depth: usize) -> Result<Option<OperationValue>, String> {
        if depth > NESTING_MAX {
            return Err(format!("nested deeper than {NESTING_MAX} levels, which is the most that is read"));
        }
        loop {
            match self.token()? {
                None => return Ok(None),
                Some(Token::Value(value)) => return Ok(Some(value)),
                Some(Token::Close) => return Ok(None),
                Some(Token::Open(open)) => return self.collection(open, depth).map(Some),
                Some(Token::Discard) => {
                    self.value(depth + 1)?.ok_or("after #_ there is nothing; it skips the value behind it")?;
                }
                Some(Token::Tag) => {
                    let value = self.value(depth + 1)?;
                    return value
                        .map(Some)
                        .ok_or_else(|| "after a tag there is nothing; it stands before a value".into());
                }
            }
        }
    }

    /// The next token. A closing bracket is left where it is.
    fn token(&mut self) -> Result<Option<Token>, String> {
        let Some(first) = self.peek() else { return Ok(None) };
        Ok(Some(match first {
            ')' | ']' | '}' => Token::Close,
            '(' | '[' | '{' => {
                self.take();
                Token::Open(first)
            }
            '"' => {
                self.take();
                Token::Value(OperationValue::Text(self.string()?))
            }
            '\\' => {
                self.take();
                Token::Value(OperationValue::Text(self.character()?))
            }
            '#' => {
                self.take();
                match self.rest.peek().copied() {
                    Some('{') => {
                        self.take();
                        Token::Open('#')
                    }
                    Some('_') => {
                        self.take();
                        Token::Discard
                    }
                    Some('#') => {
                        self.take();
                        Token::Value(OperationValue::Number(format!("##{}", self.word()).into()))
                    }
                    _ if self.word().is_empty() => return Err("a # without a tag behind it".into()),
                    _ => Token::Tag,
                }
            }
            _ => {
                let word = self.word();
                if word.is_empty() {
                    return Err(format!("{first:?} begins no value of EDN"));
                }
                Token::Value(atom(&word))
            }
        }))
    }

    /// All up to where a word ends.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(character) = self.rest.next_if(|character| {
            !character.is_whitespace()
                && !matches!(character, ',' | ';' | '"' | '\\' | '(' | ')' | '[' | ']' | '{' | '}')
        }) {
            word.push(character);
        }
        word
    }

    fn string(&mut self) -> Result<Rc<str>, String> {
        let begin = self.line;
        let mut text = String::new();
        loop {
            match self.take() {
                None => return Err(format!("the text that begins in line {begin} has no closing \"")),
                Some('"') => return Ok(text.into()),
                Some('\\') => text.push(match self.take() {
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some('n') => '\n',
                    Some(same @ ('\\' | '"')) => same,
                    Some('u') => self.code()?,
                    other => {
                        let found = other.map(String::from).unwrap_or_default();
                        return Err(format!(
                            "{} in a text; allowed are \\t, \\r, \\n, \\\\, \\\" and \\uXXXX",
                            quoted(&format!("\\{found}"))
                        ));
                    }
                }),
                Some(character) => text.push(character),
            }
        }
    }

    /// A character by its number: four hexadecimal digits, twice where it takes a pair of surrogates.
    fn code(&mut self) -> Result<char, String> {
        let high = self.digits()?;
        let code = if (0xd800..0xdc00).contains(&high) {
            let low = if self.take() == Some('\\') && self.take() == Some('u') { self.digits()? } else { 0 };
            let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400);
            low.map(|low| 0x10000 + ((high - 0xd800) << 10) + low)
        } else {
            Some(high)
        };
        code.and_then(char::from_u32).ok_or_else(|| "\\u with half of a pair of surrogates".into())
    }

    fn digits(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.take().and_then(|character| character.to_digit(16));
            code = code * 16 + digit.ok_or("\\u without four hexadecimal digits behind it")?;
        }
        Ok(code)
    }

    fn character(&mut self) -> Result<Rc<str>, String> {
        let first = self.take().ok_or("a \\ at the end of the text; it stands before a character")?;
        let word = self.word();
        let whole = format!("{first}{word}");
        Ok(match &*whole {
            "newline" => "\n".into(),
            "return" => "\r".into(),
            "space" => " ".into(),
            "tab" => "\t".into(),
            _ if word.is_empty() => whole.into(),
            _ => {
                let code = whole.strip_prefix('u').filter(|digits| digits.len() == 4);
                let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                code.map(|character| character.to_string().into())
                    .ok_or_else(|| format!("{} is no character of EDN", quoted(&format!("\\{whole}"))))?
            }
        })
    }

    fn collection(&mut self, open: char, depth: usize) -> Result<OperationValue, String> {
        let begin = self.line;
        let close = match open {
            '(' => ')',
            '[' => ']',
            _ => '}',
        };
        let mut parts = Vec::new();
        while let Some(part) = self.value(depth + 1)? {
            parts.push(part);
        }
        if !self.skip(close) {
            let found = self.peek().map_or("the end of the text".to_owned(), |found| format!("{found:?}"));
            return Err(format!("{found} where the {open:?} of line {begin} is to be closed by {close:?}"));
        }
        Ok(match open {
            '{' => {
                if parts.len() % 2 == 1 {
                    return Err(format!("the map that begins in line {begin} has a key without a value"));
                }
                let mut map = BTreeMap::new();
                let mut parts = parts.into_iter();
                while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                    let key = match key {
                        OperationValue::Text(text) => text,
                        other => other.to_string().into(),
                    };
                    map.insert(key, value);
                }
                OperationValue::Map(Rc::new(map))
            }
            '#' => {
                parts.sort();
                OperationValue::List(parts.into())
            }
            _ => OperationValue::List(parts.into()),
        })
    }
}

/// A word that is no text in quotation marks: nil, a truth value, a number, a keyword or a symbol.
fn atom(word: &str) -> OperationValue {
    match word {
        "nil" => return OperationValue::Null,
        "true" => return OperationValue::Bool(true),
        "false" => return OperationValue::Bool(false),
        _ => {}
    }
    if let Some(name) = word.strip_prefix(':') {
        return OperationValue::Text(name.into());
    }
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if !digits.starts_with(|character: char| character.is_ascii_digit()) {
        return OperationValue::Text(word.into());
    }
    // N says of a whole number that it may be larger than 64 bits.
    match word.strip_suffix('N').unwrap_or(word).parse() {
        Ok(number) => OperationValue::Integer(number),
        Err(_) => OperationValue::Number(word.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<OperationValue>, String> {
        EdnReader::new(text).value(0)
    }

    #[test]
    fn what_jepsen_writes_is_read() {
        for (edn, json) in [
            ("nil", "null"),
            ("  ; words\n true, false", "true"),
            ("-7", "-7"),
            ("12N", "12"),
            (":no-such-account", "\"no-such-account\""),
            ("[1 [2, nil] (3)]", "[1,[2,null],[3]]"),
            ("#{2 1}", "[1,2]"),
            ("{:process 0, :value [1 2], 5 nil}", "{\"5\":null,\"process\":0,\"value\":[1,2]}"),
            ("#jepsen.history.Op{:index 0, :error [:a \"b\"]}", "{\"error\":[\"a\",\"b\"],\"index\":0}"),
            ("[#_ {:a 1} 2 #inst \"2026\"]", "[2,\"2026\"]"),
            (r#""a\"\n\u00eb\ud83d\ude00""#, "\"a\\\"\\në😀\""),
            (r"[\a \newline \u00eb sym]", "[\"a\",\"\\n\",\"ë\",\"sym\"]"),
            ("1.5", "1.5"),
            ("{:time 1/2}", "{\"time\":\"1/2\"}"),
        ] {
            assert_eq!(read(edn).expect(edn).expect(edn).to_string(), json, "{edn}");
        }
        assert_eq!(read(" ,, ; nothing"), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (edn, words) in [
            ("[1\n 2", "the end of the text where the '[' of line 1 is to be closed by ']'"),
            ("(1]", "']' where the '(' of line 1 is to be closed by ')'"),
            ("{:a}", "a key without a value"),
            ("\"abc", "has no closing \""),
            (r#""\q""#, "allowed are"),
            (r#""\ud83dx""#, "surrogates"),
            (r"\nonsense", "no character"),
            ("#", "without a tag"),
            ("[#_]", "after #_ there is nothing"),
        ] {
            let error = read(edn).expect_err(edn);
            assert!(error.contains(words), "{edn}: {error}");
        }
    }

    #[test]
    fn depth_is_bounded_in_every_way_of_nesting() {
        for open in ["[", "(", "{", "#{", "#_ ", "#a "] {
            let error = read(&open.repeat(100_000)).expect_err(open);
            assert!(error.contains("nested deeper than 32 levels"), "{open}: {error}");
        }
        assert!(read(&format!("{}{}", "[".repeat(NESTING_MAX), "]".repeat(NESTING_MAX))).is_ok());
    }
}
