//! SVG: a picture that stands on its own, in a page, in slides, or alone.
//!
//! Every colour is there twice: as an attribute, which is the light one and which every program understands, and as a
//! rule for those who ask for dark. There is no script and nothing is fetched.

use super::{COLOURS, colour, number};
use crate::scene::{Align, Ink, Picture, Point, Shape, Stroke, at};
use std::f32::consts::TAU;
use std::fmt::Write;

/// The words of a picture about itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// Its title: read out, and shown under a pointer.
    pub title: &'a str,
    /// A description, for those who do not see it.
    pub description: &'a str,
    /// Its source, such as a scenario's file; kept inside, and not shown.
    pub source: &'a str,
}

/// The picture as an SVG file.
pub fn svg(picture: &Picture, about: About<'_>) -> String {
    let (width, height) = (number(picture.size.0), number(picture.size.1));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" font-family=\"'Atkinson Hyperlegible Next', system-ui, sans-serif\" stroke-linecap=\"round\" \
         stroke-linejoin=\"round\">\n"
    );
    let mut element = |name: &str, text: &str| {
        if !text.is_empty() {
            write(&mut out, format_args!("<{name}>{}</{name}>\n", escape(text)));
        }
    };
    element("title", about.title);
    element("desc", about.description);
    element("metadata", about.source);
    out.push_str("<style>@media (prefers-color-scheme: dark) {\n");
    for (_, name, light, dark) in COLOURS {
        if light != dark {
            write(&mut out, format_args!(".f-{name} {{ fill: {dark} }} .s-{name} {{ stroke: {dark} }}\n"));
        }
    }
    out.push_str("}</style>\n");
    let ground = paint(Some(Ink::Paper), None);
    write(&mut out, format_args!("<rect width=\"{width}\" height=\"{height}\"{ground}/>\n"));
    picture.shapes.iter().for_each(|shape| draw(&mut out, shape));
    out.push_str("</svg>\n");
    out
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes any text");
}

/// Text as XML has it. What XML cannot hold at all is replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(character),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}

/// The attributes for a ground and an outline.
fn paint(fill: Option<Ink>, stroke: Option<Stroke>) -> String {
    let mut classes = Vec::new();
    let mut text = match fill.map(colour) {
        Some((name, light)) => {
            classes.push(format!("f-{name}"));
            format!(" fill=\"{light}\"")
        }
        None => " fill=\"none\"".to_owned(),
    };
    if let Some(Stroke { ink, width, dashed }) = stroke {
        let (name, light) = colour(ink);
        classes.push(format!("s-{name}"));
        write(&mut text, format_args!(" stroke=\"{light}\" stroke-width=\"{}\"", number(width)));
        if dashed {
            // As the page's canvas does it.
            let dashes = (number(width * 2.0 + 2.0), number(width * 2.0 + 3.0));
            write(&mut text, format_args!(" stroke-dasharray=\"{} {}\"", dashes.0, dashes.1));
        }
    }
    if !classes.is_empty() {
        write(&mut text, format_args!(" class=\"{}\"", classes.join(" ")));
    }
    text
}

fn list(points: &[Point]) -> String {
    let pairs = points.iter().map(|point| format!("{},{}", number(point.x), number(point.y)));
    pairs.collect::<Vec<String>>().join(" ")
}

/// The place on a ring after so many turns; 0 is up, clockwise.
pub(super) fn on_ring(centre: Point, radius: f32, turns: f32) -> Point {
    let (sin, cos) = (turns * TAU).sin_cos();
    at(centre.x + radius * sin, centre.y - radius * cos)
}

fn draw(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Line { points, stroke } => {
            write(out, format_args!("<polyline points=\"{}\"{}/>\n", list(points), paint(None, Some(*stroke))));
        }
        Shape::Polygon { points, fill, stroke } => {
            write(out, format_args!("<polygon points=\"{}\"{}/>\n", list(points), paint(Some(*fill), Some(*stroke))));
        }
        Shape::Disc { centre, radius, fill, stroke } => disc(out, *centre, *radius, *fill, *stroke),
        Shape::Arc { centre, radius, turns: (from, to), fill, stroke } => {
            if to - from >= 1.0 {
                return disc(out, *centre, *radius, *fill, *stroke);
            }
            let (start, end) = (on_ring(*centre, *radius, *from), on_ring(*centre, *radius, *to));
            let large = u8::from(to - from > 0.5);
            let (radius, start, end) = (number(*radius), list(&[start]), list(&[end]));
            let arc = format!("M{start} A{radius},{radius} 0 {large} 1 {end}");
            if fill.is_some() {
                let sector = format!("{arc} L{} Z", list(&[*centre]));
                write(out, format_args!("<path d=\"{sector}\"{}/>\n", paint(*fill, *stroke)));
            } else {
                write(out, format_args!("<path d=\"{arc}\"{}/>\n", paint(None, *stroke)));
            }
        }
        Shape::Capsule { centre, half: (half_width, half_height), fill, stroke } => {
            let half_width = half_width.max(*half_height);
            let (x, y) = (number(centre.x - half_width), number(centre.y - half_height));
            let (width, height, round) = (number(2.0 * half_width), number(2.0 * half_height), number(*half_height));
            let paint = paint(Some(*fill), Some(*stroke));
            write(
                out,
                format_args!(
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"{paint}/>\n"
                ),
            );
        }
        Shape::Text { place, text, size, align, ink, bold } => {
            let anchor = match align {
                Align::Start => "start",
                Align::Middle => "middle",
                Align::End => "end",
            };
            let weight = if *bold { " font-weight=\"650\"" } else { "" };
            // The middle line of a text is about a third of their height above its feet.
            let (x, y) = (number(place.x), number(place.y + 0.35 * size));
            let (size, paint, text) = (number(*size), paint(Some(*ink), None), escape(text));
            write(
                out,
                format_args!(
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{weight}{paint}>{text}</text>\n"
                ),
            );
        }
    }
}

fn disc(out: &mut String, centre: Point, radius: f32, fill: Option<Ink>, stroke: Option<Stroke>) {
    let (x, y, radius) = (number(centre.x), number(centre.y), number(radius));
    write(out, format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{}/>\n", paint(fill, stroke)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{dashed, stroke};

    fn one(shape: Shape) -> String {
        let mut out = String::new();
        draw(&mut out, &shape);
        out
    }

    #[test]
    fn every_shape_is_drawn_with_its_colours() {
        let (centre, line) = (at(10.0, 20.0), stroke(Ink::Ink, 1.5));
        assert_eq!(
            one(Shape::line(at(0.0, 1.0), at(2.5, 3.0), dashed(Ink::Soft, 1.0))),
            "<polyline points=\"0,1 2.5,3\" fill=\"none\" stroke=\"#565d68\" stroke-width=\"1\" stroke-dasharray=\"4 5\" \
             class=\"s-soft\"/>\n"
        );
        assert_eq!(
            one(Shape::Disc { centre, radius: 4.0, fill: Some(Ink::Zero), stroke: Some(line) }),
            "<circle cx=\"10\" cy=\"20\" r=\"4\" fill=\"#0072b2\" stroke=\"#1c1f24\" stroke-width=\"1.5\" \
             class=\"f-zero s-ink\"/>\n"
        );
        let half = Shape::Arc { centre, radius: 4.0, turns: (0.0, 0.5), fill: Some(Ink::One), stroke: None };
        assert_eq!(one(half), "<path d=\"M10,16 A4,4 0 0 1 10,24 L10,20 Z\" fill=\"#e69f00\" class=\"f-one\"/>\n");
        let ring = Shape::Arc { centre, radius: 4.0, turns: (0.0, 0.75), fill: None, stroke: Some(line) };
        assert!(one(ring).starts_with("<path d=\"M10,16 A4,4 0 1 1 6,20\" fill=\"none\""));
        let capsule = Shape::Capsule { centre, half: (6.0, 3.0), fill: Ink::Paper, stroke: line };
        assert!(one(capsule).starts_with("<rect x=\"4\" y=\"17\" width=\"12\" height=\"6\" rx=\"3\""));
    }

    #[test]
    fn text_is_escaped_everywhere() {
        let picture = Picture {
            size: (10.0, 10.0),
            shapes: vec![Shape::text(at(0.0, 0.0), "</text><script>&\"\u{7}", 10.0, Align::End, Ink::Ink)],
            targets: Vec::new(),
        };
        let text = svg(&picture, About { title: "a < b", description: "“c” & d", source: "{\"e\": \"<svg>\"}" });
        assert!(text.contains(">&lt;/text&gt;&lt;script&gt;&amp;&quot;\u{fffd}</text>"), "{text}");
        assert!(text.contains("<title>a &lt; b</title>") && text.contains("<desc>“c” &amp; d</desc>"), "{text}");
        assert!(text.contains("<metadata>{&quot;e&quot;: &quot;&lt;svg&gt;&quot;}</metadata>"), "{text}");
        assert!(!text.contains("<script"), "{text}");
    }
}
