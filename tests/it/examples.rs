//! The examples of the library, run as their readers run them.

#[path = "../../examples/explore.rs"]
mod explore;
#[path = "../../examples/protocol.rs"]
mod protocol;
#[path = "../../examples/sweep.rs"]
mod sweep;

#[test]
fn the_example_of_an_exploration_runs() {
    assert_eq!(explore::main(), Ok(()));
}

#[test]
fn the_example_of_a_protocol_runs() {
    assert_eq!(protocol::main(), Ok(()));
}

#[test]
fn the_example_of_a_sweep_runs() {
    assert_eq!(sweep::main(), Ok(()));
}
