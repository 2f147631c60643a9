//! From characters to tokens: names, symbols, processes, numbers, texts and signs, each with its place.
//!
//! Every sign has a spelling in ASCII, and what PDFs make of signs is read as the sign.

use super::problem::{Span, Wrong};
use super::value::{INTEGER_MAX, TEXT_BYTES_MAX};
use crate::process::ProcessId;
use std::sync::Arc;

/// A piece of a text: a name, a literal or a sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Lexeme {
    /// A variable, function or parameter.
    Name(Arc<str>),
    /// A name in capitals, which stands for itself.
    Symbol(Arc<str>),
    Process(ProcessId),
    Integer(i64),
    Text(Arc<str>),
    Truth(bool),
    Sign(Sign),
    /// Behind the last one.
    End,
}

macro_rules! signs {
    ($($(#[$attribute:meta])* $name:ident $text:literal $($other:literal)*;)*) => {
        /// The signs, and the words that are none.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Sign { $($(#[$attribute])* $name,)* }

        impl Sign {
            /// Its text in a program that is well formatted.
            pub fn text(self) -> &'static str {
                match self { $(Sign::$name => $text,)* }
            }

            /// The sign or reserved word that is spelled so.
            fn spelled(text: &str) -> Option<Sign> {
                match text { $($text $(| $other)* => Some(Sign::$name),)* _ => None }
            }
        }
    };
}

signs! {
    // Of these the longest that fits is taken.
    Assign ":=" "<-" "←" "≔";
    NotEqual "≠" "!=" "=\u{338}";
    AtMost "≤" "<=";
    AtLeast "≥" ">=";
    Implies "⇒" "=>" "⟹";
    MapsTo "↦" "->" "→";
    Concat "++";
    Range "..";
    NotIn "∉" "∈\u{338}";
    Equal "=";
    Less "<";
    Greater ">";
    /// Opens an event.
    Open "⟨" "\u{2329}" "\u{3008}";
    /// Closes an event.
    Close "⟩" "\u{232a}" "\u{3009}";
    Bottom "⊥" "bot";
    Everybody "Π" "Pi" "∏";
    In "∈" "in" "∊";
    Union "∪" "union";
    Intersection "∩" "inter";
    Minus "∖" "minus" "\\";
    Subset "⊆" "subset";
    EmptySet "∅";
    And "∧" "and";
    Or "∨" "or";
    Not "¬" "not";
    Add "+";
    Subtract "-" "−" "–" "‐";
    Times "*" "∗" "×" "·";
    Over "/";
    Div "div";
    Mod "mod";
    Power "^";
    Of "@";
    Number "#";
    Bar "|" "∣";
    Any "_";
    Comma ",";
    Colon ":" "∶";
    Semicolon ";";
    OpenRound "(";
    CloseRound ")";
    OpenSquare "[";
    CloseSquare "]";
    OpenBrace "{";
    CloseBrace "}";
    Upon "upon";
    Event "event";
    Such "such";
    That "that";
    Do "do";
    Then "then";
    Else "else";
    Is "is";
    If "if";
    Forall "forall";
    Exists "exists";
    The "the";
    While "while";
    Trigger "trigger";
    Let "let";
    Return "return";
    Because "because";
    Assert "assert";
    Skip "skip";
}

/// The longest spelling of a sign, in characters; those of words are read as words.
const SIGN_CHARACTERS_MAX: usize = 2;

/// A token and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PlacedLexeme {
    pub token: Lexeme,
    pub span: Span,
}

/// The tokens of a text, the last of which is [`Lexeme::End`]; what is none goes to `wrong`.
pub(super) fn tokens(text: &str, wrong: &mut Vec<Wrong>) -> Vec<PlacedLexeme> {
    let mut lexer = Lexer { text, at: 0, wrong };
    let mut tokens = Vec::new();
    while let Some(character) = lexer.rest().chars().next() {
        let start = lexer.at;
        if let Some(token) = lexer.token(character) {
            tokens.push(PlacedLexeme { token, span: Span { start, end: lexer.at } });
        }
    }
    tokens.push(PlacedLexeme { token: Lexeme::End, span: Span { start: text.len(), end: text.len() } });
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    /// The byte that is read next.
    at: usize,
    wrong: &'a mut Vec<Wrong>,
}

/// A letter as names have it.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && character != 'Π'
}

/// True if this character can stand in a name behind its first one.
fn goes_on(character: char) -> bool {
    is_letter(character) || character.is_ascii_digit() || matches!(character, '_' | '\'' | '’' | '′' | '∆')
}

/// A sign that people write and the language has not, and the one that it has.
fn instead(character: char) -> Option<&'static str> {
    Some(match character {
        '∃' => "exists",
        '∀' => "forall",
        '⊂' | '⊊' => "⊆, or ⊆ and ≠",
        '&' => "∧ or and",
        '!' | '~' => "¬ or not",
        '%' => "mod",
        '“' | '”' | '„' => "a text stands in \"\"",
        '?' => "if C then e else f",
        '.' => "a range is a..b",
        _ => return None,
    })
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong(&mut self, start: usize, message: impl Into<String>) {
        self.wrong.push(Wrong { span: Span { start, end: self.at }, message: message.into() });
    }

    /// Takes what comes next: a token, or what is none.
    fn token(&mut self, first: char) -> Option<Lexeme> {
        let start = self.at;
        if first == '\t' {
            self.at += 1;
            self.wrong(start, "a tab: use spaces");
            return None;
        }
        if first.is_whitespace() || first == '\u{feff}' || first == '\u{200b}' {
            self.at += first.len_utf8();
            return None;
        }
        if self.rest().starts_with("//") {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            return None;
        }
        match first {
            '"' => return Some(self.quoted()),
            '0'..='9' => return Some(self.number()),
            '◇' | '∆' => return Some(self.word()),
            _ if is_letter(first) => return Some(self.word()),
            '_' if self.rest()[1..].starts_with(goes_on) => {
                let word = self.while_in(goes_on);
                self.wrong(start, format!("a name begins with a letter: {}", word.trim_start_matches('_')));
                return None;
            }
            // At a line's end they mean nothing.
            '.' | ';' if ends_line(&self.rest()[1..]) => {
                self.at += 1;
                return None;
            }
            _ => {}
        }
        for characters in (1..=SIGN_CHARACTERS_MAX).rev() {
            let spelling: String = self.rest().chars().take(characters).collect();
            if let Some(sign) = Sign::spelled(&spelling).filter(|_| !spelling.chars().any(is_letter)) {
                self.at += spelling.len();
                return Some(Lexeme::Sign(sign));
            }
        }
        self.at += first.len_utf8();
        let shown = if first.is_control() { "a control character".to_owned() } else { first.to_string() };
        let right = instead(first).map(|right| format!(": {right}")).unwrap_or_default();
        self.wrong(start, format!("no sign {shown}{right}"));
        None
    }

    /// Takes characters as long as they are of a class.
    fn while_in(&mut self, class: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|character| !class(character)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn number(&mut self) -> Lexeme {
        let start = self.at;
        let digits = self.while_in(|character| character.is_ascii_digit());
        let number = digits.parse().ok().filter(|number| *number <= INTEGER_MAX);
        if number.is_none() {
            self.wrong(start, "integers go from −(2^53 − 1) to 2^53 − 1");
        }
        Lexeme::Integer(number.unwrap_or_default())
    }

    fn quoted(&mut self) -> Lexeme {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let next = self.rest().chars().next();
            self.at += next.map_or(0, char::len_utf8);
            match next {
                Some('"') => break,
                Some('\\') => {
                    let escaped = self.rest().chars().next();
                    let escape = self.at - 1;
                    match escaped {
                        Some('"' | '\\') => text.extend(escaped),
                        Some('n') => text.push('\n'),
                        _ => self.wrong(escape, r#"after \ in a text: \", \\ or \n"#),
                    }
                    self.at += escaped.filter(|character| *character != '\n').map_or(0, char::len_utf8);
                }
                Some('\n') | None => {
                    self.at -= next.map_or(0, char::len_utf8);
                    self.wrong(start, r#"a text ends in its line: "…""#);
                    break;
                }
                Some(character) => text.push(character),
            }
        }
        if text.len() > TEXT_BYTES_MAX {
            self.wrong(start, format!("a text has at most 1,000 bytes, and this has {}", text.len()));
            text.clear();
        }
        Lexeme::Text(text.into())
    }

    fn word(&mut self) -> Lexeme {
        let start = self.at;
        let first = self.rest().chars().next().expect("a word has a first character");
        self.at += first.len_utf8();
        self.while_in(goes_on);
        let is_symbol = |text: &str| {
            let letters = || text.chars().filter(|character| is_letter(*character));
            letters().count() >= 2 && !letters().any(char::is_lowercase)
        };
        if is_symbol(&self.text[start..self.at]) && first != '◇' {
            // A hyphen joins only what is in capitals as a whole.
            while let Some(tail) = self.rest().strip_prefix('-') {
                let length = tail.find(|character| !goes_on(character)).unwrap_or(tail.len());
                let part = &tail[..length];
                if part.is_empty() || part.chars().any(|c| c.is_lowercase() || !(is_letter(c) || c.is_ascii_digit())) {
                    break;
                }
                self.at += 1 + length;
            }
        }
        let word = &self.text[start..self.at];
        match word {
            "TRUE" => return Lexeme::Truth(true),
            "FALSE" => return Lexeme::Truth(false),
            _ => {}
        }
        if let Some(sign) = Sign::spelled(word) {
            return Lexeme::Sign(sign);
        }
        let digits = word.strip_prefix('p').filter(|digits| !digits.is_empty());
        if let Some(digits) = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
            return Lexeme::Process(ProcessId(digits.parse().unwrap_or_else(|_| {
                self.wrong(start, "there is no such process");
                0
            })));
        }
        let name: String = word
            .chars()
            .map(|character| match character {
                '∆' => 'Δ',
                '’' | '′' => '\'',
                other => other,
            })
            .collect();
        if is_symbol(word) && first != '◇' { Lexeme::Symbol(name.into()) } else { Lexeme::Name(name.into()) }
    }
}

fn ends_line(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default().trim_start();
    line.is_empty() || line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a text in a short form, and its errors.
    fn read(text: &str) -> String {
        let mut wrong = Vec::new();
        let tokens = tokens(text, &mut wrong);
        let shown = tokens.iter().filter(|placed| placed.token != Lexeme::End).map(|placed| match &placed.token {
            Lexeme::Name(name) => format!("{name}"),
            Lexeme::Symbol(name) => format!("'{name}"),
            Lexeme::Process(process) => format!("{process}!"),
            Lexeme::Integer(number) => format!("{number}"),
            Lexeme::Text(text) => format!("{text:?}"),
            Lexeme::Truth(truth) => format!("{truth}!"),
            Lexeme::Sign(sign) => format!("‹{}›", sign.text()),
            Lexeme::End => unreachable!("filtered"),
        });
        let errors = wrong.iter().map(|wrong| format!("error: {}", wrong.message));
        shown.chain(errors).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_symbols_and_processes() {
        let table = [
            ("x readVal S Δ x' max_ballot", "x readVal S Δ x' max_ballot"),
            ("ECHO P1A VIEW-CHANGE COMMIT-2 A1B2", "'ECHO 'P1A 'VIEW-CHANGE 'COMMIT-2 'A1B2"),
            ("N-F x-y A1 P", "N ‹-› F x ‹-› y A1 P"),
            ("ECHO-x ECHO-Xy ECHO- 1", "'ECHO ‹-› x 'ECHO ‹-› Xy 'ECHO ‹-› 1"),
            ("p0 p17 p p1x", "p0! p17! p p1x"),
            ("∆ x’ ◇P ◇S", "Δ x' ◇P ◇S"),
            ("TRUE FALSE True", "true! false! True"),
            ("p99999", "p0! error: there is no such process"),
            ("_ _x", "‹_› error: a name begins with a letter: x"),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn every_sign_has_its_spelling_in_ascii() {
        let table = [
            ("⟨ ⟩ 〈 〉 < >", "‹⟨› ‹⟩› ‹⟨› ‹⟩› ‹<› ‹>›"),
            (":= <- ←", "‹:=› ‹:=› ‹:=›"),
            ("≠ != ≤ <= ≥ >=", "‹≠› ‹≠› ‹≤› ‹≤› ‹≥› ‹≥›"),
            ("∈ in ∉ not in", "‹∈› ‹∈› ‹∉› ‹¬› ‹∈›"),
            ("∅ {}", "‹∅› ‹{› ‹}›"),
            ("∪ union ∩ inter ∖ minus \\ ⊆ subset", "‹∪› ‹∪› ‹∩› ‹∩› ‹∖› ‹∖› ‹∖› ‹⊆› ‹⊆›"),
            ("⊥ bot Π Pi ∏", "‹⊥› ‹⊥› ‹Π› ‹Π› ‹Π›"),
            ("∧ and ∨ or ¬ not ⇒ =>", "‹∧› ‹∧› ‹∨› ‹∨› ‹¬› ‹¬› ‹⇒› ‹⇒›"),
            ("↦ -> →", "‹↦› ‹↦› ‹↦›"),
            ("- − ++ + .. 1..3", "‹-› ‹-› ‹++› ‹+› ‹..› 1 ‹..› 3"),
            ("2f 2 f", "2 f 2 f"),
            ("=\u{338} ∈\u{338}", "‹≠› ‹∉›"),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_line_ends_with_and_comments_mean_nothing() {
        assert_eq!(read("x. // of p\ny; \n z ; w"), "x y z ‹;› w");
        assert_eq!(read("x // \t \"\n+ 1"), "x ‹+› 1");
    }

    #[test]
    fn all_that_is_no_token_is_an_error() {
        let table = [
            ("\t1", "1 error: a tab: use spaces"),
            (r#""a\"b\\\n""#, r#""a\"b\\\n""#),
            (r#""a\tb""#, r#""ab" error: after \ in a text: \", \\ or \n"#),
            ("\"a\nb", r#""a" b error: a text ends in its line: "…""#),
            ("\"\\", "\"\" error: after \\ in a text: \\\", \\\\ or \\n error: a text ends in its line: \"…\""),
            ("9007199254740991", "9007199254740991"),
            ("9007199254740992", "0 error: integers go from −(2^53 − 1) to 2^53 − 1"),
            (
                "∃ % ☃ \u{1}",
                "error: no sign ∃: exists error: no sign %: mod error: no sign ☃ error: no sign a control character",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(read(&format!("\"{}\"", "x".repeat(1_001))).contains("this has 1001"));
    }

    #[test]
    fn every_token_knows_its_place() {
        let text = "⊥ ∪ x";
        let spans: Vec<&str> =
            tokens(text, &mut Vec::new()).iter().map(|placed| &text[placed.span.start..placed.span.end]).collect();
        assert_eq!(spans, ["⊥", "∪", "x", ""]);
    }
}
