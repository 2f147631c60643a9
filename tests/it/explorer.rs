//! The explorers: exact numbers, and a second explorer that was written without looking at the first.

use bivalent::catalogue::{self, Parameters};
use bivalent::explorer::LIMIT;
use bivalent::explorer::strict::Strict;
use bivalent::explorer::valency::{Census, Valency};
use bivalent::process::{Stack, Value};

fn stack(protocol: &str, parameters: &[(&str, &str)]) -> Stack {
    let entry = catalogue::find(protocol).expect("in the catalogue");
    let parameters = Parameters::resolve(entry, parameters.iter().copied()).expect("valid parameters");
    entry.stack(&parameters, None).expect("fits the network")
}

fn bits(inputs: &str) -> Vec<Option<Value>> {
    inputs.chars().map(|bit| Some(Value::Bit(bit == '1'))).collect()
}

const ALL_INPUTS: [&str; 8] = ["000", "001", "010", "011", "100", "101", "110", "111"];

fn census(protocol: &str, parameters: &[(&str, &str)], inputs: &str) -> Census {
    let mut strict = Strict::new(&stack(protocol, parameters), &[bits(inputs)], LIMIT);
    assert!(strict.run().done);
    strict.census(&strict.valencies(), false)
}

#[test]
fn wait_for_all_has_80_configurations_is_never_bivalent_and_everybody_blocks_7() {
    for inputs in ALL_INPUTS {
        let census = census("wait-for-all", &[], inputs);
        assert_eq!((census.configurations, census.edges, census.bivalent), (80, 255, 0), "{inputs}");
        assert_eq!(census.blocked, Some(vec![7, 7, 7]), "{inputs}");
    }
}

#[test]
fn wait_for_two_has_141_configurations_and_disagrees_where_the_inputs_allow() {
    for inputs in ALL_INPUTS {
        let census = census("wait-for-two", &[], inputs);
        assert_eq!((census.configurations, census.edges, census.blocked.clone()), (141, 363, Some(vec![0, 0, 0])));
        if ["011", "101", "110"].contains(&inputs) {
            assert_eq!((census.initial, census.bivalent), (Some(Valency::Bivalent), 121), "{inputs}");
            assert_eq!((census.undecided_bivalent, census.agreement_violations), (8, 72), "{inputs}");
            assert_eq!((census.shortest_violation, census.terminal, census.zero_valent), (Some(3), 8, 20), "{inputs}");
        } else {
            assert_eq!((census.bivalent, census.agreement_violations, census.shortest_violation), (0, 0, None));
        }
    }
}

#[test]
fn the_census_of_wait_for_two_prints_as_promised() {
    let text = serde_json::to_string(&census("wait-for-two", &[], "011")).expect("plain data");
    assert_eq!(
        text,
        r#"{"complete":true,"configurations":141,"edges":363,"terminal":8,"zero_valent":20,"one_valent":0,"#.to_owned()
            + r#""bivalent":121,"null_valent":0,"undecided_bivalent":8,"initial":"bivalent","#
            + r#""agreement_violations":72,"shortest_violation":3,"blocked":[0,0,0],"bivalent_components":0}"#
    );
}

#[test]
fn commit_2pc_with_votes_111_has_61_configurations() {
    let census = census("commit-2pc", &[], "111");
    assert_eq!((census.configurations, census.edges, census.initial), (61, 130, Some(Valency::Bivalent)));
    assert_eq!(census.agreement_violations, 0);
}

#[test]
fn ben_or_for_one_round_from_000_has_2228_configurations() {
    let census = census("ben-or", &[("rounds", "1")], "000");
    assert_eq!((census.configurations, census.edges), (2228, 11322));
}
