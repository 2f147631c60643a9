//! Runs as files of pictures.

use crate::cli::{bivalent, err, file, out};
use crate::common::{builtin, named};
use crate::sweep::is_well_formed;
use bivalent::scenario::GALLERY;
use expect_test::expect_file;
use std::fs;

#[test]
fn a_run_as_text_is_as_it_was() {
    let path = file("diagram.txt");
    let name = path.to_str().expect("a plain path");
    assert_eq!(bivalent(&["diagram", "in-step", "-o", name]).status.code(), Some(0));
    let text = fs::read_to_string(&path).expect("it was written");
    expect_file![concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/diagram.txt")].assert_eq(&text);
}

#[test]
fn every_run_of_the_gallery_can_be_drawn_and_its_picture_holds_the_scenario() {
    let path = file("diagram.svg");
    let name = path.to_str().expect("a plain path");
    for (scenario, _) in GALLERY {
        let output = bivalent(&["diagram", scenario, "-o", name]);
        assert_eq!(output.status.code(), Some(0), "{scenario}: {}", err(&output));
        let text = fs::read_to_string(&path).expect("it was written");
        assert!(is_well_formed(&text), "{scenario}");
        let (_, rest) = text.split_once("<metadata>").expect("it has some");
        let (kept, _) = rest.split_once("</metadata>").expect("it ends");
        let kept = kept.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        assert_eq!(builtin().read(&kept).as_ref(), Ok(&named(scenario)), "{scenario}");
    }
}

#[test]
fn seed_and_end_are_those_that_were_asked_for() {
    let draw = |arguments: &[&str]| {
        let path = file("diagram-of.tex");
        let name = path.to_str().expect("a plain path");
        let output = bivalent(&[&["diagram", "in-step", "-o", name], arguments].concat());
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), ""), "{}", err(&output));
        fs::read_to_string(path).expect("it was written")
    };
    let plain = draw(&[]);
    assert!(
        plain.contains("\\begin{tikzpicture}") && plain.contains("{p0};") && plain.ends_with("\\end{tikzpicture}\n")
    );
    assert_eq!(plain, draw(&["--seed", "7"]));
    assert_ne!(plain, draw(&["--seed", "8"]));
    assert_ne!(plain, draw(&["--until", "100"]));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    for (arguments, words) in [
        (&["in-step", "-o", "x.png"][..], &["x.png", ".svg, .tex, .txt"][..]),
        (&["in-step", "-o", "/no/such/folder/x.svg"], &["/no/such/folder/x.svg"]),
        (&["in-step", "-o", "x.svg", "--until", "0"], &["--until", "until_ms"]),
        (&["nowhere", "-o", "x.svg"], &["nowhere"]),
        (&["in-step"], &["--out"]),
    ] {
        let output = bivalent(&[&["diagram"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        words.iter().for_each(|word| assert!(err(&output).contains(word), "no {word:?} in {}", err(&output)));
    }
    let long = r#"{"version": 1, "name": "x", "protocol": "heartbeat", "processes": 16, "until_ms": 60000}"#;
    let path = file("long.json");
    fs::write(&path, long).expect("the folder of tests can be written");
    let output = bivalent(&["diagram", path.to_str().expect("a plain path"), "-o", "x.svg"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("a picture holds 2000 events") && err(&output).contains("--until"),
        "{}",
        err(&output)
    );
}

#[test]
fn the_board_is_drawn_at_any_event_and_in_no_text() {
    let draw = |arguments: &[&str]| {
        let path = file("board.svg");
        let name = path.to_str().expect("a plain path");
        let output = bivalent(&[&["diagram", "word-of-mouth", "--board", "-o", name], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        fs::read_to_string(path).expect("it was written")
    };
    let first = draw(&[]);
    assert!(is_well_formed(&first) && first.contains(">p0</text>") && first.contains("0 events in 0 ms"), "{first}");
    assert_eq!(first, draw(&["--event", "0"]));
    assert_ne!(first, draw(&["--event", "3"]));
    for (arguments, words) in [
        (&["word-of-mouth", "--board", "-o", "x.txt"][..], ".svg, .tex"),
        (&["word-of-mouth", "--board", "--event", "9999999", "-o", "x.svg"], "--event"),
        (&["word-of-mouth", "--event", "3", "-o", "x.svg"], "--board"),
    ] {
        let output = bivalent(&[&["diagram"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(words), "{}", err(&output));
    }
}
