//! The allowed directions between modules. A module that looks in another direction is in the wrong place.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the library may use besides itself.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("canon", &[]),
    ("draw", &["canon"]),
    ("sorted", &[]),
    ("process", &["canon", "draw"]),
    ("protocols", &["process", "catalogue", "property", "canon", "sorted"]),
    ("catalogue", &["process", "property", "protocols", "sorted"]),
    ("model", &["draw", "process"]),
    ("engine", &["canon", "draw", "model", "process", "property"]),
    ("property", &["engine", "model", "process", "sorted"]),
    ("explorer", &["canon", "draw", "process", "catalogue", "property", "protocols"]),
    ("adversary", &["canon", "draw", "process", "catalogue", "explorer"]),
    ("scenario", &["catalogue", "engine", "model", "process", "property", "sorted"]),
    ("flp", &["draw", "process", "protocols", "catalogue", "model", "engine", "scenario", "explorer", "adversary"]),
    (
        "scene",
        &["canon", "process", "catalogue", "model", "engine", "property", "scenario", "explorer", "adversary", "flp"],
    ),
    ("export", &["engine", "process", "scenario", "scene"]),
    ("sweep", &["canon", "catalogue", "engine", "model", "process", "property", "scenario", "scene"]),
    ("page", &["lab", "process", "scenario", "scene"]),
    (
        "lab",
        &[
            "canon",
            "process",
            "catalogue",
            "model",
            "engine",
            "property",
            "scenario",
            "explorer",
            "adversary",
            "flp",
            "scene",
        ],
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for file in fs::read_dir(folder).expect("src is readable") {
        let path = file.expect("src is readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The source without comments, and without the tests at its end, which may look anywhere.
fn program(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("src is readable");
    let program = text.split("#[cfg(test)]\nmod tests").next().expect("a split has a first part");
    let lines = program.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<&str>>().join("\n")
}

/// The modules of the library that a program names as `crate::…`.
fn named(program: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in program.split("crate::").skip(1) {
        let first = |text: &str| {
            let word = text.trim_start().split(|message: char| !message.is_alphanumeric() && message != '_').next();
            word.unwrap_or_default().to_owned()
        };
        match rest.strip_prefix('{') {
            // use crate::{one, other::Thing};
            Some(group) => {
                let group = group.split('}').next().unwrap_or_default();
                names.extend(group.split(',').map(first).filter(|name| !name.is_empty()));
            }
            None => {
                names.insert(first(rest));
            }
        }
    }
    names
}

#[test]
fn modules_look_in_the_allowed_directions_only() {
    let src = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    let mut wrong = Vec::new();
    for path in paths {
        let relative = path.strip_prefix(&src).expect("it is below src");
        let first = relative.components().next().expect("a file has a name").as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs");
        // The program and its two faces stand on top of the library, and see it from outside.
        if ["lib", "main", "cli", "view"].contains(&module) || relative.ends_with("rig.rs") {
            continue;
        }
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{module} has no line in the table of directions"));
            continue;
        };
        for name in named(&program(&path)) {
            if name != module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} uses crate::{name}", relative.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_library_names_no_browser_no_clock_no_files_and_no_environment() {
    let src = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    for path in paths {
        let relative = path.strip_prefix(&src).expect("it is below src");
        if relative.starts_with("cli") || relative.starts_with("view") || relative.ends_with("main.rs") {
            continue;
        }
        let program = program(&path);
        for word in
            ["web_sys", "js_sys", "wasm_bindgen", "yew::", "clap::", "std::fs", "std::time", "std::env", "println!"]
        {
            assert!(!program.contains(word), "{} names {word}", relative.display());
        }
    }
}

/// The module that a file is, as the parts of its path.
fn module_of(relative: &Path) -> Vec<String> {
    let parts = relative.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| !["mod", "lib"].contains(&part.as_str())).collect()
}

/// The paths that a module imports, written from the root of the crate; what it passes on under its own name is no import.
fn imports(module: &[String], program: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for statement in program.split(';') {
        let Some(path) = statement.trim_start().strip_prefix("use ") else { continue };
        let path = path.split(['{', ' ', ',']).next().unwrap_or_default().trim_end_matches("::");
        let mut parts: Vec<String> = path.split("::").map(str::to_owned).collect();
        let mut from = module.to_vec();
        match parts[0].as_str() {
            "crate" => from.clear(),
            "super" => {
                from.pop();
            }
            "self" => {}
            // A child, or another crate, which no file is.
            first => parts.insert(0, first.to_owned()),
        }
        from.extend(parts.into_iter().skip(1));
        paths.push(from);
    }
    paths
}

#[test]
fn no_two_modules_of_the_page_or_of_the_explorers_import_each_other() {
    let src = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for folder in ["view", "explorer"] {
        sources(&src.join(folder), &mut files);
    }
    let module = |path: &PathBuf| module_of(path.strip_prefix(&src).expect("it is below src"));
    let modules: BTreeSet<Vec<String>> = files.iter().map(module).collect();
    let mut edges = BTreeSet::new();
    for file in &files {
        let from = module(file);
        for path in imports(&from, &program(file)) {
            let to = (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|to| modules.contains(to));
            edges.extend(to.filter(|to| *to != from).map(|to| (from.clone(), to)));
        }
    }
    assert!(edges.len() > 100, "only {} imports were found", edges.len());
    let both: Vec<_> =
        edges.iter().filter(|(from, to)| from < to && edges.contains(&(to.clone(), from.clone()))).collect();
    assert!(both.is_empty(), "{both:?}");
}
