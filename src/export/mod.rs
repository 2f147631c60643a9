//! Files of pictures: SVG and TikZ of any [`crate::scene::Picture`], and a run as text.

mod svg;
mod text;
mod tikz;

pub use svg::{About, svg};
pub use text::text;
pub use tikz::tikz;

use crate::scene::Ink;

/// The colours of the page, light and dark, as `static/style.css` has them: a test compares the two.
pub const COLOURS: [(Ink, &str, &str, &str); 10] = [
    (Ink::Paper, "paper", "#fffdf8", "#1b1f24"),
    (Ink::Ink, "ink", "#1c1f24", "#f1eee6"),
    (Ink::Soft, "soft", "#565d68", "#b3b9c2"),
    (Ink::Faint, "faint", "#c3c6cc", "#4d545e"),
    (Ink::Wash, "line", "#e3e1da", "#333941"),
    (Ink::Zero, "zero", "#0072b2", "#3d9bd6"),
    (Ink::One, "one", "#e69f00", "#f0ae1a"),
    (Ink::Alarm, "alarm", "#b3261e", "#ff8a7a"),
    (Ink::Focus, "focus", "#7a3e9d", "#d2a3ef"),
    (Ink::OnValue, "on-value", "#1c1f24", "#1c1f24"),
];

/// The name of a colour and what it is in light.
fn colour(ink: Ink) -> (&'static str, &'static str) {
    let known = COLOURS.iter().find(|(known, ..)| *known == ink);
    known.map(|(_, name, light, _)| (*name, *light)).expect("every ink has a colour")
}

/// A length in hundredths of a pixel, without what is not needed: the same text on every machine.
fn number(length: f32) -> String {
    let hundredths = (f64::from(length) * 100.0).round() as i64;
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    match rest {
        0 => format!("{sign}{whole}"),
        _ if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
        _ => format!("{sign}{whole}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_and_signed() {
        let all = [0.0, -0.001, 1.0, -1.5, 12.345, -0.25, 100.999].map(number);
        assert_eq!(all, ["0", "0", "1", "-1.5", "12.35", "-0.25", "101"]);
    }

    #[test]
    fn colours_are_those_of_the_page() {
        let style = include_str!("../../static/style.css");
        let (light, dark) = style.split_once(":root[data-theme=\"dark\"]").expect("light comes first");
        for (_, name, one, other) in COLOURS {
            assert!(light.contains(&format!("--{name}: {one};")), "{name} in light");
            // A token that dark does not set is the same in both.
            let dark = if dark.contains(&format!("--{name}:")) { dark } else { light };
            assert!(dark.contains(&format!("--{name}: {other};")), "{name} in dark");
        }
    }
}
