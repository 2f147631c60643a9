//! Layered graphs, to be drawn: phases told by who hears whom, without the number of the round.

use crate::catalogue::Realisable;
use crate::explorer::LIMIT;
use crate::explorer::heard_of::{self, Arrow, Layering};
use crate::scenario::Link;

use super::map::{MAP_MAX, Map};
use super::protocol_instance::ProtocolInstance;

/// A layered graph with its map.
pub struct Layers {
    instance: ProtocolInstance,
    /// The graph.
    pub graph: heard_of::LayeredGraph,
    /// Its map.
    pub map: Map,
}

impl Layers {
    /// The layered graph of an instance over all inputs. The error says why there is none.
    pub fn new(instance: &ProtocolInstance, layering: Layering) -> Result<Layers, String> {
        let inputs: Vec<[bool; 3]> = (0..8u8).map(|bits| [bits & 4 > 0, bits & 2 > 0, bits & 1 > 0]).collect();
        let graph = heard_of::explore(&instance.resolve()?, &inputs, layering, LIMIT)?;
        let roots: Vec<u32> = (0u32..).zip(&graph.nodes).filter(|(_, node)| node.initial).map(|(at, _)| at).collect();
        let next = |node: u32| {
            let leaving = graph.arrows.iter().filter(|arrow| arrow.from == node);
            leaving.map(|arrow| arrow.to).collect()
        };
        let mut map = Map::new(&roots, MAP_MAX, next, |node| Some(graph.nodes[node as usize].valency));
        for edge in &mut map.edges {
            let ends = [map.nodes[edge.from], map.nodes[edge.to]];
            let mut between = graph.arrows.iter().filter(|arrow| [arrow.from, arrow.to] == ends);
            edge.layered_only = between.all(|arrow| arrow.realisable == Realisable::LayeredOnly);
            edge.looped = graph.components.iter().any(|component| ends.iter().all(|end| component.contains(end)));
        }
        Ok(Layers { instance: instance.clone(), graph, map })
    }

    /// A boundary in words: what each process holds, and what leaves it.
    pub fn words(&self, node: u32) -> Vec<String> {
        let boundary = &self.graph.nodes[node as usize];
        let told = boundary.words.iter().zip(&boundary.decided).enumerate().map(|(p, (word, decided))| {
            let decided = decided.map(|bit| format!(", has decided {}", u8::from(bit))).unwrap_or_default();
            format!("p{p}: {word}{decided}")
        });
        let leaving: Vec<&Arrow> = self.graph.arrows.iter().filter(|arrow| arrow.from == node).collect();
        let only = leaving.iter().filter(|arrow| arrow.realisable == Realisable::LayeredOnly).count();
        let edges = format!("phases that leave it: {}, of them layered only: {only}", leaving.len());
        told.chain([edges]).collect()
    }

    /// A strict run that leads to a boundary, seen from there. The error says if there is none.
    pub fn run_to(&mut self, node: u32) -> Result<Link, String> {
        if self.graph.nodes[node as usize].initial {
            // At the beginning of a run nothing has happened, and the inputs are what the processes hold.
            let held = self.graph.nodes[node as usize].words.iter().filter_map(|word| word.chars().last());
            let instance = ProtocolInstance { inputs: held.collect(), ..self.instance.clone() };
            return instance.moment(&[], 0);
        }
        let into = (0..self.graph.arrows.len()).filter(|arrow| self.graph.arrows[*arrow].to == node);
        for arrow in into.collect::<Vec<usize>>() {
            let Some((inputs, events)) = self.graph.strict(arrow) else { continue };
            let inputs = inputs.iter().map(|bit| if *bit { '1' } else { '0' }).collect();
            return ProtocolInstance { inputs, ..self.instance.clone() }.moment(&events, events.len());
        }
        Err("no order of single deliveries leads there: it is reached in the layered model only".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::explorer::valency::Valency;

    #[test]
    fn a_boundary_of_the_bivalent_region_opens_as_a_run_that_leads_to_it() {
        let instance =
            ProtocolInstance::new(&Catalogue::builtin(), "ben-or", "coin=zero", "011").expect("well written");
        let mut layers = Layers::new(&instance, Layering::HeardOf).expect("it has a layered graph");
        assert_eq!(layers.graph.nodes.len(), 51);
        assert!(layers.map.edges.iter().any(|edge| edge.looped), "the loop is marked on the map");
        let open = |node: &u32| layers.graph.nodes[*node as usize].valency == Valency::Bivalent;
        let inside: Vec<u32> = (0..51).filter(open).collect();
        assert_eq!(inside.len(), 6);
        for node in inside {
            let link = layers.run_to(node).expect("a strict run leads there");
            let mut history = link.scenario.start(&Catalogue::builtin()).expect("valid");
            history.run(1_000);
            assert_eq!(history.position(), link.position, "it is seen at its end");
            assert!(history.engine().processes().iter().all(|process| process.decided.is_none()));
            assert_eq!(layers.words(node).len(), 4);
        }
    }

    #[test]
    fn an_edge_that_no_strict_run_takes_is_marked() {
        let instance =
            ProtocolInstance::new(&Catalogue::builtin(), "ben-or", "coin=zero", "011").expect("well written");
        let only = |layering| {
            let layers = Layers::new(&instance, layering).expect("it has a layered graph");
            let edges = layers.map.edges.clone();
            (edges.iter().filter(|edge| edge.layered_only).count(), edges.len())
        };
        assert_eq!(only(Layering::HeardOf).0, 0);
        let (marked, all) = only(Layering::SantoroWidmayer);
        assert!(marked > 0 && marked < all, "{marked} of {all}");
    }

    #[test]
    fn a_bound_on_rounds_that_are_not_counted_is_refused() {
        let instance = ProtocolInstance::new(&Catalogue::builtin(), "ben-or", "rounds=1", "011").expect("well written");
        let error = Layers::new(&instance, Layering::HeardOf).err().expect("refused");
        assert!(error.starts_with("parameters.rounds:"), "{error}");
    }
}
