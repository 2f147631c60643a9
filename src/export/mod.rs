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

    /// The relative luminance of WCAG 2.2 and from it the contrast of two colours.
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |colour: &str| {
            let part = |at: usize| {
                let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour")) / 255.0;
                #[allow(clippy::disallowed_methods, reason = "a test of colours, in no run")]
                if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// axe does not look into a canvas: text needs 4.5 to 1 on their ground, and marks have outlines of 3 to 1.
    #[test]
    fn marks_and_texts_on_the_canvas_stand_out_in_both_themes() {
        let texts = [Ink::Ink, Ink::Soft, Ink::Alarm].map(|ink| (ink, Ink::Paper));
        let on_values = [Ink::Zero, Ink::One].map(|ground| (ground.text_on(), ground));
        let marks =
            [(Ink::Ink, Ink::Paper), (Ink::Soft, Ink::Paper), (Ink::Focus, Ink::Paper), (Ink::Alarm, Ink::Paper)];
        let pairs = texts.into_iter().chain(on_values).map(|pair| (pair, 4.5));
        for ((one, other), least) in pairs.chain(marks.map(|pair| (pair, 3.0))) {
            let found = |ink| COLOURS.iter().find(|(known, ..)| *known == ink).expect("every ink has a colour");
            let ((_, _, light, dark), (_, _, other_light, other_dark)) = (found(one), found(other));
            for (theme, contrast) in [("light", contrast(light, other_light)), ("dark", contrast(dark, other_dark))] {
                assert!(contrast >= least, "{one:?} on {other:?}, {theme}: {contrast:.2} to 1");
            }
        }
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
