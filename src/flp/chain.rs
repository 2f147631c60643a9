//! Lemma 2, to look at: initial configurations in a row, from all 0 to all 1, each differing from the last in one
//! process. Somewhere along it the ending changes, and if that process is silent nobody can tell the two apart.

use crate::explorer::strict::Strict;
use crate::explorer::valency::{Valencies, Valency};
use crate::process::{ProcessId, Program, Value};

use super::CONFIGURATIONS_MAX;

/// The row of a protocol, explored completely.
pub struct Chain {
    /// The inputs of each link, from all 0 to all 1.
    pub inputs: Vec<Vec<bool>>,
    valencies: Valencies,
}

impl Chain {
    /// The row of a protocol of `n` processes. The error says why there is no exact answer.
    pub fn new(program: &Program, n: usize) -> Result<Chain, String> {
        let inputs: Vec<Vec<bool>> = (0..=n).map(|ones| (0..n).map(|p| p >= n - ones).collect()).collect();
        let values = |bits: &Vec<bool>| bits.iter().map(|bit| Some(Value::Bit(*bit))).collect::<Vec<_>>();
        let mut strict = Strict::new(program, &inputs.iter().map(values).collect::<Vec<_>>(), CONFIGURATIONS_MAX);
        strict.run();
        if !strict.search().is_complete() {
            return Err(format!("more than {CONFIGURATIONS_MAX} configurations: what is left open is unknown"));
        }
        let valencies = strict.valencies();
        Ok(Chain { inputs, valencies })
    }

    /// The values that can be decided from a link.
    pub fn valency(&self, link: usize) -> Valency {
        self.valencies.of(u32::try_from(link).expect("a short row"))
    }

    /// The values that can be decided from a link if `process` never takes a step.
    pub fn without(&self, link: usize, process: ProcessId) -> Valency {
        Valency::of(self.valencies.silent(process.index(), u32::try_from(link).expect("a short row")))
    }

    /// The first two neighbours of opposite valency, one 0-valent and one 1-valent, as the place of the first, and the
    /// process in which they differ. None where something bivalent stands between the ends, as Lemma 2 would have it.
    pub fn hinge(&self) -> Option<(usize, ProcessId)> {
        let value = |link: usize| self.valency(link).value();
        let place = (1..self.inputs.len())
            .map(|link| link - 1)
            .find(|place| value(*place).zip(value(place + 1)).is_some_and(|(before, after)| before != after))?;
        let differ = self.inputs[place].iter().zip(&self.inputs[place + 1]).position(|(one, other)| one != other)?;
        Some((place, differ.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn chain(protocol: &str) -> Chain {
        let instance = Catalogue::builtin().instance(protocol, [], None).expect("in the catalogue");
        Chain::new(&instance.program, 3).expect("small")
    }

    #[test]
    fn the_row_of_wait_for_all_turns_at_one_process_whose_silence_blocks() {
        let chain = chain("wait-for-all");
        let valencies: Vec<Valency> = (0..4).map(|link| chain.valency(link)).collect();
        assert_eq!(valencies, [Valency::Zero, Valency::Zero, Valency::One, Valency::One]);
        let (place, process) = chain.hinge().expect("the ends differ");
        assert_eq!((place, process), (1, ProcessId(1)));
        assert_eq!([1, 2].map(|link| chain.without(link, process)), [Valency::Null; 2]);
    }

    #[test]
    fn a_row_with_something_bivalent_in_it_has_no_hinge() {
        let chain = chain("wait-for-two");
        assert_eq!((chain.valency(1), chain.valency(2)), (Valency::Zero, Valency::Bivalent));
        assert_eq!(chain.hinge(), None, "0-valent and bivalent are no opposites");
    }
}
