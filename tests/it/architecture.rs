//! The allowed directions between modules. A module that looks in another direction is in the wrong place.

use crate::common::entries;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the library uses besides itself, in the order in which to read them: each only those before it.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("canon", &[]),
    ("quote", &[]),
    ("draw", &["canon"]),
    ("operation", &["canon", "quote"]),
    ("process", &["canon", "quote", "draw"]),
    ("language", &["canon", "quote", "process"]),
    ("model", &["quote", "draw", "process"]),
    ("engine", &["canon", "quote", "draw", "process", "model"]),
    ("property", &["operation", "language", "process", "model", "engine"]),
    ("history", &["draw", "operation", "process", "model", "engine", "property"]),
    ("scenario", &["quote", "process", "model", "engine", "history"]),
    ("catalogue", &["quote", "draw", "process", "model", "engine", "property", "history", "scenario"]),
    ("testing", &["draw", "process", "property", "catalogue"]),
    ("protocols", &["canon", "process", "model", "engine", "property", "scenario", "catalogue"]),
    ("explorer", &["canon", "operation", "draw", "process", "property", "catalogue"]),
    ("adversary", &["draw", "process", "catalogue", "explorer"]),
    (
        "flp",
        &[
            "quote",
            "draw",
            "process",
            "model",
            "engine",
            "history",
            "scenario",
            "catalogue",
            "protocols",
            "explorer",
            "adversary",
        ],
    ),
    ("scene", &["quote", "operation", "process", "model", "engine", "property", "history", "scenario"]),
    ("export", &["process", "engine", "history", "scenario", "scene"]),
    (
        "sweep",
        &["canon", "quote", "process", "model", "engine", "property", "history", "scenario", "catalogue", "scene"],
    ),
    ("lab", &["canon", "process", "model", "engine", "property", "history", "scenario", "catalogue", "scene"]),
    ("page", &["process", "scenario", "catalogue", "scene", "lab"]),
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
    let program = text.split("#[cfg(test)]\n").next().expect("a split has a first part");
    let lines = program.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<&str>>().join("\n")
}

/// The modules of the library that a program names as `crate::…`.
fn named(program: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in program.split("crate::").skip(1) {
        let first = |text: &str| {
            let word =
                text.trim_start().split(|character: char| !character.is_alphanumeric() && character != '_').next();
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

/// The files of the program, each with its path below `src`, and its source without comments and tests.
fn files() -> Vec<(PathBuf, String)> {
    let src = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    paths.sort();
    let relative = |path: &PathBuf| path.strip_prefix(&src).expect("it is below src").to_owned();
    paths.iter().map(|path| (relative(path), program(path))).collect()
}

/// The module of the library that a file belongs to.
fn module(path: &Path) -> String {
    let first = path.components().next().expect("a file has a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn modules_look_in_the_allowed_directions_and_in_each_of_them() {
    let order: Vec<&str> = DIRECTIONS.iter().map(|(name, _)| *name).collect();
    let lib = include_str!("../../src/lib.rs");
    let listed = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(listed.collect::<Vec<&str>>(), order, "src/lib.rs lists them in the order in which to read them");
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, program) in files() {
        // The program and its two faces stand on top of the library, and see it from outside.
        if ["lib", "main", "cli", "view"].contains(&&*module(&path)) {
            continue;
        }
        let mut names = named(&program);
        names.remove(&module(&path));
        used.entry(module(&path)).or_default().extend(names);
    }
    for (place, (name, allowed)) in DIRECTIONS.iter().enumerate() {
        assert!(allowed.iter().all(|other| order[..place].contains(other)), "{name} looks at what comes after it");
        let found: BTreeSet<&str> = used[*name].iter().map(String::as_str).collect();
        assert_eq!(found, allowed.iter().copied().collect(), "{name} uses these, and these are allowed");
    }
    assert_eq!(used.len(), DIRECTIONS.len(), "every module has its line");
}

#[test]
fn no_file_but_a_protocols_own_compares_its_name() {
    let mut wrong = Vec::new();
    for (path, program) in files() {
        for entry in entries() {
            let own = format!("protocols/{}.rs", entry.name.replace('-', "_"));
            if path.ends_with(&own) {
                continue;
            }
            let name = format!("\"{}\"", entry.name);
            for (number, line) in program.lines().enumerate().filter(|(_, line)| line.contains(&name)) {
                let compared = ["==", "!=", "=>", "matches!", "contains(", "starts_with", "strip_prefix", "| \""];
                if compared.iter().any(|sign| line.contains(sign)) {
                    wrong.push(format!("{}, line {} without comments: {}", path.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_type_name_is_defined_once() {
    let mut known: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut twice = Vec::new();
    for (path, program) in files() {
        for line in program.lines() {
            // What stands in an impl or a trait is not a name of the crate.
            let associated = line.starts_with(' ') && line.trim_start().starts_with("type ");
            let words: Vec<&str> = line.split_whitespace().filter(|word| !word.starts_with("pub")).collect();
            let [kind, name, ..] = words[..] else { continue };
            if associated || !["struct", "enum", "trait", "type", "union"].contains(&kind) {
                continue;
            }
            let name: String = name.chars().take_while(|character| character.is_alphanumeric()).collect();
            if let Some(other) = known.insert(name.clone(), path.clone()) {
                twice.push(format!("{name}: {} and {}", other.display(), path.display()));
            }
        }
    }
    assert_eq!(twice, Vec::<String>::new());
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
