//! Can a crash stop this protocol? Can two processes decide differently? The explorer goes through every schedule, and
//! answers with one.
//! `cargo run --example explore`

use bivalent::catalogue::Catalogue;
use bivalent::explorer::LIMIT;
use bivalent::explorer::strict::Strict;
use bivalent::process::Value;

/// Looks for a schedule of “wait for two” after which a crash blocks the others, and for one with two decisions.
pub fn main() -> Result<(), String> {
    let instance = Catalogue::builtin().instance("wait-for-two", [], None)?;
    let inputs = ["0", "1", "1"].map(|input| Some(Value::from(input)));
    let mut strict = Strict::new(&instance.program, &[inputs.to_vec()], LIMIT);
    strict.run();
    println!("{} configurations", strict.search().len());

    let valencies = strict.valencies();
    for process in 0..inputs.len() {
        match strict.path_to(0, None, |node| valencies.blocks(process, node)) {
            Some(path) => println!("if p{process} crashes after {} events, the others wait for ever", path.len()),
            None => println!("no crash of p{process} stops the others"),
        }
    }
    match strict.violation() {
        None => println!("no two processes decide differently"),
        Some(node) => {
            println!("two processes decide differently:");
            strict.schedule(node).iter().for_each(|event| println!("  {event}"));
        }
    }
    Ok(())
}
