//! The language seen from outside: what texts mean, what is wrong with them, and that none is too much.

use bivalent::draw::{Purpose, below, draw};
use bivalent::language::{Condition, Environment, Kinds, Signature, Term, TooLarge, Truth, Vocabulary};
use bivalent::process::ProcessId;
use expect_test::expect;

/// Three processes with a few variables.
struct World;

fn vocabulary() -> Vocabulary {
    Vocabulary {
        processes: 3,
        names: &[("correct", Kinds::SET), ("event", Kinds::INTEGER), ("m", Kinds::MAP), ("leader", Kinds::ANY)],
        functions: &[
            Signature { name: "delivered", form: "delivered(p)", arguments: &[Kinds::PROCESS], result: Kinds::TUPLE },
            Signature { name: "holds", form: "holds(\"agreement\")", arguments: &[Kinds::TEXT], result: Kinds::TRUTH },
        ],
        variables: ["vote", "round", "acks", "decided"].map(str::to_owned).to_vec(),
        texts: vec!["agreement".to_owned(), "validity".to_owned()],
    }
}

impl Environment for World {
    fn processes(&self) -> usize {
        3
    }

    fn name(&self, name: &str) -> Result<Term, TooLarge> {
        let process = |place| Term::Process(ProcessId(place));
        match name {
            "correct" => Term::set(vec![process(0), process(2)]),
            "event" => Ok(Term::Integer(7)),
            "m" => Term::map(vec![(process(0), Term::Integer(5)), (process(1), Term::Integer(6))], Term::Bottom),
            _ => Ok(Term::Bottom),
        }
    }

    fn variable(&self, name: &str, process: ProcessId) -> Result<Term, TooLarge> {
        let place = i64::from(process.0);
        match name {
            "vote" => Ok(if place == 2 { Term::Bottom } else { Term::Integer(place) }),
            "round" => Ok(Term::Integer(10 * place)),
            "acks" => Term::set((0..place).map(Term::Integer).collect()),
            _ => Ok(Term::Bottom),
        }
    }

    fn call(&self, function: &str, arguments: &[Term]) -> Result<Term, TooLarge> {
        match (function, arguments) {
            ("delivered", [process]) => {
                let pair = |word| Term::tuple(vec![process.clone(), Term::text(word)?]);
                Term::tuple(vec![pair("x")?, pair("y")?, Term::Integer(3)])
            }
            ("holds", [Term::Text(name)]) => Ok(Term::Truth(&**name == "agreement")),
            _ => unreachable!("no other function is known"),
        }
    }
}

/// The value of a text: a truth, or the first line of what is wrong.
fn says(text: &str) -> String {
    match Condition::read(text, &vocabulary()).map(|condition| condition.truth(&World)) {
        Ok(Truth::True) => "TRUE".to_owned(),
        Ok(Truth::False(None)) => "FALSE".to_owned(),
        Ok(Truth::False(Some(names))) => format!("FALSE for {names}"),
        Ok(Truth::Unknown(error)) => format!("unknown: {}", error.message),
        Ok(Truth::Failed(error)) => format!("failed: {}", error.message),
        Err(errors) => {
            let messages: Vec<&str> = errors.0.iter().map(|error| error.message.as_str()).collect();
            format!("wrong: {}", messages.join(" / "))
        }
    }
}

fn all_are_true(texts: &[&str]) {
    for text in texts {
        assert_eq!(says(text), "TRUE", "{text}");
    }
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(says(text), *expected, "{text}");
    }
}

#[test]
fn precedence() {
    all_are_true(&[
        "2 + 3 * 4 = 14",
        "10 - 3 - 2 = 5",
        "7 div 2 * 2 = 6",
        "-2 + 3 = 1",
        "- 2 * 3 = -6",
        "7 mod 3 + 1 = 2",
        "1..3 = {1, 2, 3}",
        "1..2 + 1 = {1, 2, 3}",
        "{1} ∪ {2} ∩ {3} = {1}",
        "{1} ∪ {2} ∖ {1} = {2}",
        "FALSE ⇒ FALSE ⇒ FALSE",
        "TRUE ∨ FALSE ⇒ TRUE",
        "¬(TRUE ∨ TRUE ∧ FALSE) = FALSE",
        "TRUE ∨ TRUE ∧ FALSE",
        "¬FALSE ∧ TRUE",
        "¬ 1 = 2",
        "¬(1 = 1) ∨ TRUE",
        "1 ∈ {1} ∧ 2 ∉ {1} ∧ not 3 in {1} and 3 not in {1}",
        "exists x ∈ {1, 2} : x = 1 ∧ x = 1 ⇒ x = 1",
        "TRUE ∧ exists x ∈ {1, 2} : x = 2",
        "(if TRUE then 1 else 2 + 5) = 1",
        "(if FALSE then 1 else 2 + 5) = 7",
    ]);
    check(&[
        ("1 < 2 < 3", "wrong: < has two sides: a < b ∧ b < c"),
        ("1 = 1 = 1", "wrong: = has two sides: a = b ∧ b = c"),
        ("1 ∈ {1} ∈ {1}", "wrong: ∈ has two sides: a ∈ b ∧ b ∈ c"),
    ]);
}

#[test]
fn a_number_before_a_name_is_a_factor() {
    all_are_true(&[
        "2N = 6",
        "2N + 1 = 7",
        "-2N = -6",
        "7 mod 2N = 1",
        "2N mod 4 = 2",
        "2event = 14",
        "2round@p1 = 20",
        "#(Π) > 2N / 3 ∨ #(Π) = 3",
    ]);
    check(&[("2 N = 6", "wrong: N stands here, and what is wanted is an operator, or the end")]);
}

#[test]
fn operators() {
    all_are_true(&[
        "7 div 2 = 3 ∧ 7 mod 2 = 1",
        "-7 div 2 = -4 ∧ -7 mod 2 = 1",
        "7 div -2 = -4 ∧ 7 mod -2 = -1",
        "-7 div -2 = 3 ∧ -7 mod -2 = -1",
        "#(Π) > N / 2 ∧ ¬ 3 < 6 / 2 ∧ 3 ≤ 6 / 2 ∧ 3 = 6 / 2 ∧ 1 / 3 ≠ 1 / 2 ∧ 1 / -2 < 0",
        "{1, 2} ∪ {2, 3} = {1, 2, 3} ∧ {1, 2} ∩ {2, 3} = {2} ∧ {1, 2} ∖ {2, 3} = {1}",
        "{1} union {2} = {2, 1} ∧ {1, 2} inter {2} = {2} ∧ {1, 2} minus {2} = {1} ∧ {1, 2} \\ {2} = {1}",
        "∅ = {} ∧ ∅ ⊆ {1} ∧ ¬({1} ⊆ ∅) ∧ {1} subset {1}",
        "3..1 = ∅ ∧ #(1..3) = 3 ∧ |1..3| = 3",
        "[1, 2] ++ [3] = [1, 2, 3] ∧ (1, 2) = [1, 2] ∧ [] = ()",
        "2 ∈ [1, 2] ∧ 3 ∉ [1, 2]",
        "[5, 6][1] = 5 ∧ [5, 6][2] = 6 ∧ [5, 6][0] = ⊥ ∧ [5, 6][3] = ⊥ ∧ [5, 6][-1] = ⊥",
        "len([5, 6]) = 2 ∧ last([5, 6]) = 6 ∧ last([]) = ⊥",
        "slice([1, 2, 3], 2, 3) = [2, 3] ∧ slice([1, 2], 0, 9) = [1, 2] ∧ slice([1], 2, 1) = []",
        "min({3, 1}) = 1 ∧ max([3, 1]) = 3 ∧ min(3, 1) = 1 ∧ max(\"a\", \"b\") = \"b\"",
        "sum({1, 2}) = 3 ∧ sum([1, 1]) = 2 ∧ sum(∅) = 0",
        "sum(1 | x ∈ {1, 2, 3}) = 3 ∧ sum(x | x ∈ 1..4, x > 2) = 7",
        "sort({3, 1, 2}) = [1, 2, 3] ∧ sort([2, 1, 2]) = [1, 2, 2]",
        "hash(1) = hash(1) ∧ hash(1) ≠ hash(\"1\")",
        "rank(p0) = 1 ∧ rank(p2) = N",
        "[0]^N[p1] = 0 ∧ #([0]^N) = 3 ∧ [0]^N = {p ↦ 0 | p ∈ Π}",
        "(the x ∈ {3, 2, 1} : x > 1) = 2 ∧ (the x ∈ [3, 2] : x > 1) = 2 ∧ (the x ∈ {1} : x > 1) = ⊥",
        "(forall x ∈ ∅ : x = 1) ∧ ¬(exists x ∈ ∅ : x = x)",
        "forall p, q ∈ Π : p = q ∨ rank(p) ≠ rank(q)",
        "{x ∈ 1..5 | x > 3} = {4, 5} ∧ {2x | x ∈ 1..3} = {2, 4, 6} ∧ {2x | x ∈ 1..3, x ≠ 2} = {2, 6}",
        "{[x, y] ∈ {[1, 2], [2, 1], 3} | x < y} = {[1, 2]}",
        "{[REQ, _] ∈ {[REQ, 2], [ACK, 1]} | TRUE} = {[REQ, 2]}",
        "{x | [= event, x] ∈ {[7, 1], [8, 2]}} = {1}",
        "{(p, q) | p, q ∈ Π} = {[p, q] | p, q ∈ Π} ∧ #({(p, q) | p, q ∈ Π}) = 9",
        "exists [q, \"y\"] ∈ delivered(p1) : q = p1",
        "{x ∈ {|x| | x ∈ {{1}, {2, 3}}} | x > 1} = {2}",
        "event = 7 ∧ correct = {p0, p2} ∧ round@p1 = 10 ∧ round@(the p ∈ Π : rank(p) = 3) = 20",
        "holds(\"agreement\") ∧ ¬holds(\"validity\")",
        "9007199254740991 - 1 = 9007199254740990",
    ]);
}

#[test]
fn order() {
    all_are_true(&[
        "1 < 2 ∧ 2 ≤ 2 ∧ 3 > 2 ∧ 3 ≥ 3 ∧ 1 != 2 ∧ 1 <= 2 ∧ 2 >= 1",
        "\"Z\" < \"a\" ∧ \"a\" < \"aa\"",
        "p1 < p2 ∧ ¬ p2 < p2",
        "(1, p0) < (1, p1) ∧ (1, p2) < (2, p0) ∧ [1] < [1, 0] ∧ [\"a\"] < [A1B]",
        "{p0 ↦ 1, p1 ↦ 2} ≤ {p0 ↦ 1, p1 ↦ 3} ∧ {p0 ↦ 1} < {p0 ↦ 2}",
        "¬({p0 ↦ 1, p1 ↦ 0} ≤ {p0 ↦ 0, p1 ↦ 1}) ∧ ¬({p0 ↦ 1, p1 ↦ 0} ≥ {p0 ↦ 0, p1 ↦ 1})",
        "{p0 ↦ 0, _ ↦ 0} ≤ {p0 ↦ 1, _ ↦ 0} ∧ {_ ↦ 0} < {p2 ↦ 1, _ ↦ 0} ∧ ∅ ≤ {p0 ↦ 1}",
        "min({⊥, FALSE, 1, \"a\", ACK, p0, [], {1}, {1 ↦ 2}}) = ⊥ ∧ max({1, ACK, {1}, {1 ↦ 2}}) = {1 ↦ 2}",
        "sort({{2}, [1], p1, AB, \"a\", 3, TRUE, FALSE}) = [FALSE, TRUE, 3, \"a\", AB, p1, [1], {2}]",
    ]);
    check(&[
        ("{1} < {2}", "wrong: < does not compare sets: ⊆, or #(S) < #(T)"),
        ("1 < \"a\"", "wrong: < compares two values of one kind, and these are an integer and a text"),
        ("ACK < NACK", "wrong: ACK is a symbol (all capitals): a variable has a small letter, ack"),
        ("[1] < 2 ∨ TRUE", "wrong: < compares two values of one kind, and these are a tuple and an integer"),
        ("round@p0 < acks@p1", "failed: < does not compare 0, an integer, with {0}, a set"),
        ("acks@p2 < acks@p1", "failed: < does not compare {0, 1}, a set, with {0}, a set: between sets, ⊆"),
    ]);
}

#[test]
fn maps() {
    all_are_true(&[
        "{1 ↦ 2}[1] = 2 ∧ {1 ↦ 2}[3] = ⊥ ∧ {1 ↦ 2, _ ↦ 0}[3] = 0 ∧ {_ ↦ ∅}[p1] = ∅",
        "{1 ↦ ⊥} = {} ∧ {} = ∅ ∧ ∅[1] = ⊥ ∧ {1 ↦ 0, _ ↦ 0} = {_ ↦ 0} ∧ {1 ↦ 2, 1 ↦ 3} = {1 ↦ 3}",
        "{1 -> 2} = {1 ↦ 2}",
        "{[1, 2] ↦ 5}[1, 2] = 5",
        "keys({1 ↦ 2, 3 ↦ 2}) = {1, 3} ∧ values({1 ↦ 2, 3 ↦ 2}) = {2} ∧ keys({}) = ∅",
        "#({1 ↦ 2, _ ↦ 7}) = 1",
        "{x ↦ x * x | x ∈ 1..2} = {1 ↦ 1, 2 ↦ 4} ∧ {x ↦ 1 | x ∈ 1..3, x > 2} = {3 ↦ 1}",
        "m[p0] = 5 ∧ m[p2] = ⊥",
    ]);
    check(&[
        ("exists x ∈ m : TRUE", "wrong: ∈ takes a tuple or a set, and this is a map: keys(m), or values(m)"),
        ("m[rank(p0)] = 5", "failed: m’s keys are processes: m[p], not m[rank(p)]"),
        ("{1 ↦ 2, 3} = 1", "wrong: a map has entries only: {k ↦ v, …}"),
        ("{_ ↦ 1, _ ↦ 2} = 1", "wrong: a map has one default"),
    ]);
}

#[test]
fn where_a_value_is_needed_and_there_is_none_it_is_unknown() {
    let unknown = "vote@p2 < 1";
    for (text, expected) in [
        ("?", "unknown: vote@p2 is ⊥ here"),
        ("¬ ?", "unknown: vote@p2 is ⊥ here"),
        ("FALSE ∧ ?", "FALSE"),
        ("? ∧ FALSE", "FALSE"),
        ("? ∧ TRUE", "unknown: ? is ⊥ here"),
        ("TRUE ∧ ?", "unknown: vote@p2 is ⊥ here"),
        ("? ∨ TRUE", "TRUE"),
        ("TRUE ∨ ?", "TRUE"),
        ("? ∨ FALSE", "unknown: ? is ⊥ here"),
        ("? ⇒ TRUE", "TRUE"),
        ("FALSE ⇒ ?", "TRUE"),
        ("? ⇒ FALSE", "unknown: ? is ⊥ here"),
        ("TRUE ⇒ ?", "unknown: vote@p2 is ⊥ here"),
        ("if ? then TRUE else TRUE", "unknown: vote@p2 is ⊥ here"),
    ] {
        let brackets = format!("({unknown})");
        let (text, expected) = (text.replace('?', &brackets), expected.replace('?', &brackets));
        assert_eq!(says(&text), expected, "{text}");
    }
    all_are_true(&[
        // Equality needs no value.
        "vote@p2 = ⊥ ∧ vote@p2 ≠ 1 ∧ vote@p2 ∉ {1} ∧ ⊥ ∈ {vote@p2}",
        // Displays and quantifiers pass it over.
        "{vote@p + 1 | p ∈ Π} = {1, 2} ∧ {p ∈ Π | vote@p ≥ 0} = {p0, p1} ∧ {vote@p2 + 1, 5} = {5}",
        "{p ↦ vote@p + 1 | p ∈ Π} = {p0 ↦ 1, p1 ↦ 2} ∧ sum(vote@p | p ∈ Π) = 1",
        "(forall p ∈ Π : vote@p < 2) ∧ (exists p ∈ Π : vote@p = 1) ∧ (the p ∈ Π : vote@p ≥ 1) = p1",
    ]);
    check(&[
        ("#(vote@p2) = 0", "unknown: vote@p2 is ⊥ here"),
        ("forall x ∈ vote@p2 : TRUE", "unknown: vote@p2 is ⊥ here"),
        ("vote@p2", "unknown: vote@p2 is ⊥ here"),
        ("[vote@p2 + 1] = [1]", "unknown: vote@p2 is ⊥ here"),
        ("round@vote@p2 = 1", "wrong: left of @ stands the name of a variable: x@p"),
    ]);
}

#[test]
fn what_is_wrong_and_what_would_be_right() {
    check(&[
        ("leder = ⊥", "wrong: no name leder: leader"),
        ("vote = 1", "wrong: no name vote: it is a variable of each process, vote@p"),
        ("delivered = 1", "wrong: no name delivered: delivered(p)"),
        ("forall p ∈ Π : vot@p = 1", "wrong: no variable vot@p: vote@p"),
        ("forall p ∈ Π : zebra@p = 1", "wrong: no variable zebra@p: there are vote, round, acks, decided"),
        ("lenn([1]) = 1", "wrong: no function lenn: len"),
        ("len([1], 2) = 1", "wrong: len is given 2 arguments, and takes other ones: len(t)"),
        ("min(1, 2, 3) = 1", "wrong: min is given 3 arguments, and takes other ones: min(S) or min(a, b)"),
        ("holds(\"agrement\")", "wrong: no property \"agrement\": \"agreement\""),
        ("RN@p0 = 1", "wrong: RN is a symbol (all capitals): a variable has a small letter, rn"),
        ("RN + 1 = 2", "wrong: RN is a symbol (all capitals): a variable has a small letter, rn"),
        ("exists x : x = 1", "wrong: from which set? x ∈ S, as in exists x ∈ S : C"),
        (
            "exists x ∈ Π such that x = p0",
            "wrong: such stands here, and what is wanted is : and a condition: exists x ∈ S : C",
        ),
        ("N-F = 1", "wrong: no name N-F: N - F is a difference"),
        (
            "exists [D, x] ∈ {[1, 2]} : TRUE",
            "wrong: D binds everything: what a pattern binds begins with a small letter, a symbol has two letters: d, \
             or DD",
        ),
        ("exists [x, D] ∈ {[1, 2]} : D = 2", "TRUE"),
        ("forall p, q ∈ Π : rank(p) + rank(q) < 5", "FALSE for p = p1, q = p2"),
        ("forall [x, _] ∈ {[1, 2], [3, 4]} : x < 2", "FALSE for x = 3"),
        ("exists p ∈ Π : forall q ∈ Π : q = p", "FALSE"),
        ("exists x ∈ Π : exists x ∈ Π : TRUE", "wrong: x is bound already: write = x, or another name"),
        ("1 + N / 2 > 1", "wrong: / stands only next to a comparison: div"),
        ("#(Π) ∈ {N / 2}", "wrong: / stands only next to a comparison: div"),
        ("1 + 1", "wrong: a condition is TRUE or FALSE, and this is an integer: compare it with something"),
        ("¬ 3", "wrong: a condition is TRUE or FALSE, and this is an integer: compare it with something"),
        ("1 ∈ 3", "wrong: ∈ takes a tuple or a set, and this is an integer"),
        ("1 + TRUE = 2", "wrong: + takes an integer, and this is TRUE or FALSE"),
        ("p7 = p0", "wrong: there is no p7: processes go from p0 to p2"),
        ("1 div 0 = 1", "failed: 1 div 0: nothing is divided by 0"),
        ("1 < 1 / 0", "failed: 1 / 0: nothing is divided by 0"),
        ("min(∅) = 1", "failed: there is no min of nothing"),
        ("9007199254740991 + 1 = 1", "failed: integers go from −(2^53 − 1) to 2^53 − 1"),
        ("vote@p0 ∧ TRUE", "failed: a condition is TRUE or FALSE, and this is an integer: 0"),
        ("acks@p0 + 1 = 1", "failed: + takes an integer, and this is a set: ∅"),
        ("leader[1] = 1", "unknown: leader is ⊥ here"),
        ("", "wrong: the end stands here, and what is wanted is a value"),
        ("1 = ", "wrong: the end stands here, and what is wanted is a value"),
        ("(1 = 1", "wrong: the end stands here, and what is wanted is ), or a comma"),
        ("1 = 1)", "wrong: ) stands here, and what is wanted is an operator, or the end"),
        ("[1]^M = 1", "wrong: M stands here, and what is wanted is N: [e]^N has e for each process"),
        // All of a text at once.
        (
            "leder = 1 ∧ #(4) = 2 ∧ (1 + ) = 3 ∧ vot@p0 = $",
            "wrong: no name leder: leader / #( ) takes a tuple or a set or a map, and this is an integer / ) stands \
             here, and what is wanted is a value / no variable vot@p: vote@p / no sign $ / the end stands here, and what is wanted is a value",
        ),
    ]);
}

#[test]
fn an_error_shows_the_line_and_a_mark() {
    let text = "// Everybody\nforall p ∈ Π :\n    leder@p = ⊥ ∧\n    round@p < \"1\" + 2";
    let errors = Condition::read(text, &vocabulary()).expect_err("two things are wrong");
    expect![[r#"
        line 3, column 5: no variable leder@p: there are vote, round, acks, decided
              leder@p = ⊥ ∧
              ^^^^^^^
        line 4, column 15: + takes an integer, and this is a text
              round@p < "1" + 2
                        ^^^"#]]
    .assert_eq(&errors.to_string());
}

#[test]
fn evaluating_ends_and_says_why() {
    let slow = "took more than 100,000 operations";
    for text in [
        "forall a, b, c, d ∈ 1..100 : a + b + c + d > 0",
        "#({a | a, b ∈ 1..1000}) = 1",
        "#({1..9000 | a ∈ 1..9000}) = 1",
        "exists a ∈ 1..5000 : a ∈ sort(1..5000) ∧ FALSE",
        "1 ∈ 1..9007199254740991",
    ] {
        assert_eq!(says(text), format!("failed: {slow}"), "{text}");
    }
    assert_eq!(says("1 ∈ 1..20000"), "failed: a value has at most 10,000 parts, all levels counted");
    assert_eq!(says("1 ∈ 1..9999"), "TRUE");
}

#[test]
fn nothing_is_nested_too_deep() {
    let deep = "expressions are nested at most 100 deep";
    let texts = [
        format!("{}1{} = 1", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{}1", "-".repeat(5_000)),
        format!("{}TRUE", "¬".repeat(5_000)),
        format!("1{} = 1", " + 1".repeat(5_000)),
        format!("TRUE{}", " ⇒ TRUE".repeat(5_000)),
        format!("x{}", "[1]".repeat(5_000)),
        format!("{}1", "{".repeat(5_000)),
        format!("{}1", "{x ∈ {".repeat(5_000)),
        format!("exists {}x", "[".repeat(5_000)),
        "exists [= ".repeat(5_000),
        "if ".repeat(5_000),
        "the x ∈ ".repeat(5_000),
        "min(1, ".repeat(5_000),
    ];
    for text in &texts {
        let said = says(text);
        assert!(said.contains(deep), "{}… {said}", text.chars().take(20).collect::<String>());
    }
    assert!(says(&"x".repeat(70_000)).starts_with("wrong: the text has 70000 bytes"));
    all_are_true(&[&format!("{}1{} = 1", "(".repeat(40), ")".repeat(40)), &format!("1{} = 91", " + 1".repeat(90))]);
}

/// A draw below a bound, for the tests below.
fn pick(case: u32, counter: &mut u64, bound: usize) -> usize {
    *counter += 1;
    below(draw(case, Purpose::Schedule, 0, *counter), bound as u64) as usize
}

#[test]
fn no_text_is_too_much() {
    let characters: Vec<char> =
        "⟨⟩:=≠≤≥∈∉∅∪∩∖⊆⊥Π∧∨¬⇒↦<>!-+*/^@#|_,;:()[]{}.\"\\\n\t '’∆◇N1290pxAZé☃\u{338}\u{0}\u{200b}".chars().collect();
    for case in 0..3_000 {
        let mut counter = 0;
        let length = pick(case, &mut counter, 40);
        let text: String = (0..length).map(|_| characters[pick(case, &mut counter, characters.len())]).collect();
        let said = says(&text);
        assert!(!said.is_empty());
    }
}

#[test]
fn no_salad_of_tokens_is_too_much() {
    let words = [
        "x",
        "p0",
        "p1",
        "N",
        "Π",
        "1",
        "2",
        "0",
        "\"a\"",
        "ACK",
        "TRUE",
        "FALSE",
        "⊥",
        "∅",
        "vote@p0",
        "acks@p2",
        "event",
        "m",
        "correct",
        "leader",
        "+",
        "-",
        "*",
        "div",
        "mod",
        "/",
        "∪",
        "∩",
        "∖",
        "⊆",
        "∈",
        "∉",
        "not",
        "in",
        "=",
        "≠",
        "<",
        "≤",
        "∧",
        "∨",
        "¬",
        "⇒",
        "..",
        "++",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "|",
        "^",
        "@",
        "#(",
        ",",
        ":",
        "↦",
        "_",
        "exists x ∈",
        "forall x ∈ Π :",
        "the y ∈ 1..3 : y > 1",
        "if",
        "then",
        "else",
        "sum(",
        "min(",
        "slice(",
        "delivered(p1)",
        "{x ∈ 1..3 | x > 1}",
        "{x ↦ 1 | x ∈ Π}",
        "[0]^N",
        "rank(",
        "sort(",
        "keys(m)",
    ];
    let mut evaluated = 0;
    for case in 0..30_000 {
        let mut counter = 0;
        let length = 1 + pick(case, &mut counter, 12);
        let text: Vec<&str> = (0..length).map(|_| words[pick(case, &mut counter, words.len())]).collect();
        let said = says(&text.join(" "));
        evaluated += usize::from(!said.starts_with("wrong"));
    }
    assert!(evaluated > 30, "only {evaluated} could be evaluated");
}

#[test]
fn a_tree_of_any_shape_is_evaluated_within_bounds() {
    /// An expression of some depth, drawn.
    fn grown(case: u32, counter: &mut u64, depth: usize) -> String {
        let mut next = |depth: usize| grown(case, counter, depth);
        if depth == 0 {
            let leaves =
                ["1", "0", "2N", "⊥", "Π", "vote@p1", "vote@p2", "acks@p2", "m", "[1, 2]", "{3 ↦ 4}", "ACK", "p1"];
            return leaves[pick(case, counter, leaves.len())].to_owned();
        }
        let (one, other, third) = (next(depth - 1), next(depth - 1), next(depth - 1));
        let shapes = [
            format!("({one} + {other})"),
            format!("({one} ∪ {other})"),
            format!("({one} = {other})"),
            format!("({one} ∈ {other})"),
            format!("({one} ∧ {other})"),
            format!("({one} < {other})"),
            format!("#({one})"),
            format!("{{{one}, {other}}}"),
            format!("[{one}, {other}]"),
            format!("{{{one} ↦ {other}, _ ↦ {third}}}"),
            format!("({one})[{other}]"),
            format!("(if {one} then {other} else {third})"),
            format!("(exists v{depth} ∈ {one} : v{depth} = {other})"),
            format!("{{v{depth} ∈ {one} | v{depth} ≠ {other}}}"),
            format!("sort({one})"),
        ];
        shapes[pick(case, counter, shapes.len())].clone()
    }
    let mut truths = 0;
    for case in 0..10_000 {
        let text = format!("{} = {}", grown(case, &mut 0, 2), grown(case, &mut 1_000, 1));
        let said = says(&text);
        truths += usize::from(said == "TRUE" || said.starts_with("FALSE"));
    }
    assert!(truths > 100, "only {truths} had a truth");
}
