//! TikZ: a picture for LaTeX, to be read with `\input`. It needs `\usepackage{tikz}` and nothing else.

use super::svg::on_ring;
use super::{COLOURS, colour, number};
use crate::scene::{Align, Ink, Picture, Point, Shape, Stroke, at};
use std::fmt::Write;

/// The picture as a `tikzpicture`. A pixel is three quarters of a point, as on the web.
pub fn tikz(picture: &Picture) -> String {
    let mut out = String::from(
        "% Needs \\usepackage{tikz}.\n\\begin{tikzpicture}[x=0.75bp, y=-0.75bp, line cap=round, line join=round]\n",
    );
    for (_, name, light, _) in COLOURS {
        let digits = light.trim_start_matches('#').to_uppercase();
        write(&mut out, format_args!("\\definecolor{{bivalent-{name}}}{{HTML}}{{{digits}}}\n"));
    }
    let corner = at(picture.size.0, picture.size.1);
    write(&mut out, format_args!("\\useasboundingbox (0,0) rectangle {};\n", place(corner)));
    picture.shapes.iter().for_each(|shape| draw(&mut out, shape));
    out.push_str("\\end{tikzpicture}\n");
    out
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes any text");
}

fn place(point: Point) -> String {
    format!("({},{})", number(point.x), number(point.y))
}

/// A length of the picture in points.
fn points(pixels: f32) -> String {
    format!("{}bp", number(pixels * 0.75))
}

fn path(points: &[Point]) -> String {
    points.iter().map(|point| place(*point)).collect::<Vec<String>>().join(" -- ")
}

/// The options for a ground and an outline.
fn paint(fill: Option<Ink>, stroke: Option<Stroke>) -> String {
    let mut options = Vec::new();
    options.extend(fill.map(|ink| format!("fill=bivalent-{}", colour(ink).0)));
    if let Some(Stroke { ink, width, dashed }) = stroke {
        options.push(format!("draw=bivalent-{}, line width={}", colour(ink).0, points(width)));
        if dashed {
            options.push(format!("dash pattern=on {} off {}", points(width * 2.0 + 2.0), points(width * 2.0 + 3.0)));
        }
    }
    options.join(", ")
}

/// Text as LaTeX has it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => {
                out.push('\\');
                out.push(character);
            }
            '^' => out.push_str("\\textasciicircum{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '→' => out.push_str("$\\rightarrow$"),
            '±' => out.push_str("$\\pm$"),
            '£' => out.push_str("\\pounds{}"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

fn draw(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Line { points, stroke } => {
            write(out, format_args!("\\path[{}] {};\n", paint(None, Some(*stroke)), path(points)));
        }
        Shape::Polygon { points, fill, stroke } => {
            write(out, format_args!("\\path[{}] {} -- cycle;\n", paint(Some(*fill), Some(*stroke)), path(points)));
        }
        Shape::Disc { centre, radius, fill, stroke } => disc(out, *centre, *radius, *fill, *stroke),
        Shape::Arc { centre, radius, turns: (from, to), fill, stroke } => {
            if to - from >= 1.0 {
                return disc(out, *centre, *radius, *fill, *stroke);
            }
            // Angles of TikZ begin on the right; the axis points down, so they go clockwise too.
            let (start, end) = (number(from * 360.0 - 90.0), number(to * 360.0 - 90.0));
            let begin = place(on_ring(*centre, *radius, *from));
            let close = if fill.is_some() { format!(" -- {} -- cycle", place(*centre)) } else { String::new() };
            let (paint, radius) = (paint(*fill, *stroke), number(*radius));
            write(
                out,
                format_args!(
                    "\\path[{paint}] {begin} arc[start angle={start}, end angle={end}, radius={radius}]{close};\n"
                ),
            );
        }
        Shape::Capsule { centre, half: (half_width, half_height), fill, stroke } => {
            let half_width = half_width.max(*half_height);
            let (from, to) = (centre.by(-half_width, -half_height), centre.by(half_width, *half_height));
            let (paint, round) = (paint(Some(*fill), Some(*stroke)), points(*half_height));
            let (from, to) = (place(from), place(to));
            write(out, format_args!("\\path[{paint}, rounded corners={round}] {from} rectangle {to};\n"));
        }
        Shape::Text { place: spot, text, size, align, ink, bold } => {
            let anchor = match align {
                Align::Start => "base west",
                Align::Middle => "base",
                Align::End => "base east",
            };
            let foot = place(spot.by(0.0, 0.35 * size));
            let (size, skip, name) = (points(*size), points(*size * 1.2), colour(*ink).0);
            let weight = if *bold { "\\bfseries" } else { "" };
            let text = escape(text);
            write(
                out,
                format_args!(
                    "\\node[anchor={anchor}, inner sep=0pt, text=bivalent-{name}, \
                     font=\\fontsize{{{size}}}{{{skip}}}\\selectfont\\sffamily{weight}] at {foot} {{{text}}};\n"
                ),
            );
        }
    }
}

fn disc(out: &mut String, centre: Point, radius: f32, fill: Option<Ink>, stroke: Option<Stroke>) {
    let (centre, radius) = (place(centre), number(radius));
    write(out, format_args!("\\path[{}] {centre} circle[radius={radius}];\n", paint(fill, stroke)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escape("50% of $x_1 {a} \\ ~^ → £5"),
            "50\\% of \\$x\\_1 \\{a\\} \\textbackslash{} \\textasciitilde{}\\textasciicircum{} $\\rightarrow$ \\pounds{}5"
        );
    }
}
