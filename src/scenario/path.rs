//! Which field of a JSON text a place belongs to, for errors that name it.

/// The path of the value at or just before `line` and `column` (both from 1, as serde_json tells them), such as
/// `models.links.loss` or `faults[2].at_ms`. Empty at the top, and for a text that is no JSON up to there.
///
/// When the last field of an object is wrong, serde_json tells the place where the object ends. With `inside` such a
/// place means that field, otherwise the object.
pub(super) fn path_at(text: &str, line: usize, column: usize, inside: bool) -> String {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (before + column).min(text.len());
    let bytes = &text.as_bytes()[..end];
    let mut open: Vec<Part> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => open.push(Part::Field(String::new())),
            b'[' => open.push(Part::Index(0)),
            b'}' | b']' if inside && at + 1 == end => {}
            b'}' | b']' => {
                open.pop();
            }
            b',' => {
                if let Some(Part::Index(index)) = open.last_mut() {
                    *index += 1;
                }
            }
            b'"' => {
                let begin = at + 1;
                at = begin;
                while bytes.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
                let names = rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                if let (Some(Part::Field(field)), true) = (open.last_mut(), names) {
                    *field = String::from_utf8_lossy(bytes.get(begin..at).unwrap_or_default()).into_owned();
                }
            }
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for part in &open {
        match part {
            Part::Field(name) if name.is_empty() => {}
            Part::Field(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Part::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

/// Something that is open around the place.
enum Part {
    /// An object, and the name of its field.
    Field(String),
    /// An array, and the place in it.
    Index(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_places_are_named() {
        let text = "{\"a\": {\"b, }\": [1,\n {\"c\": \"d\\\"]\", \"e\": 7}]}, \"f\": [ ]}";
        let find = |needle: &str| {
            let offset = text.find(needle).expect("in the text");
            let line = text[..offset].matches('\n').count() + 1;
            let column = offset - text[..offset].rfind('\n').map_or(0, |newline| newline + 1) + 1;
            path_at(text, line, column, false)
        };
        assert_eq!(find("1,"), "a.b, }[0]");
        assert_eq!(find("7}"), "a.b, }[1].e");
        assert_eq!(find(" ]}"), "f[0]");
        assert_eq!(path_at("{\"a\": {\"b\": 1}}", 1, 14, true), "a.b");
        assert_eq!(path_at("{\"a\": {\"b\": 1}}", 1, 14, false), "a");
        assert_eq!(path_at(text, 1, 1, false), "");
        assert_eq!(path_at("", 3, 9, true), "");
        assert_eq!(path_at("\"unfinished \\", 1, 13, true), "");
    }
}
