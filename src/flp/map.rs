//! Maps: configurations at places, from where it begins down to where it ends, between the shores of 0 and 1.

use crate::explorer::valency::Valency;

/// The most configurations of a map; a larger graph is shown around one of them.
pub const MAP_MAX: usize = 2_500;

/// A map: configurations at places between 0 and 1, from where it begins at the top to where it ends.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Map {
    /// The configurations, by their numbers in the graph.
    pub nodes: Vec<u32>,
    /// The values that can be decided from each; `None` where that is not known.
    pub valencies: Vec<Option<Valency>>,
    /// The place where each stands: to the right, downwards.
    pub places: Vec<(f32, f32)>,
    /// The edges.
    pub edges: Vec<Edge>,
}

/// An edge of a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Edge {
    /// The place where it begins, as a place in [`Map::nodes`].
    pub from: usize,
    /// The place where it ends.
    pub to: usize,
    /// True if it is part of a loop in which nothing is ever decided.
    pub looped: bool,
    /// True if no order of single deliveries does the same: it is there in the layered model only.
    pub layered_only: bool,
}

/// The columns of a map, from left to right: the two shores, and between them what is open, unknown or stuck.
const COLUMNS: [Option<Valency>; 5] =
    [Some(Valency::Zero), Some(Valency::Bivalent), None, Some(Valency::Null), Some(Valency::One)];

impl Map {
    /// Lays out what is reached from `roots`, at most `most` of it, level by level.
    pub fn new(
        roots: &[u32],
        most: usize,
        next: impl Fn(u32) -> Vec<u32>,
        valency: impl Fn(u32) -> Option<Valency>,
    ) -> Map {
        let mut map = Map { nodes: roots.to_vec(), ..Map::default() };
        let mut depths: Vec<usize> = roots.iter().map(|_| 0).collect();
        let mut places: std::collections::BTreeMap<u32, usize> =
            (0..).zip(roots).map(|(at, node)| (*node, at)).collect();
        let mut at = 0;
        while at < map.nodes.len() {
            for target in next(map.nodes[at]) {
                let known = places.get(&target).copied();
                let Some(to) = known.or_else(|| (map.nodes.len() < most).then_some(map.nodes.len())) else { continue };
                if known.is_none() {
                    places.insert(target, to);
                    map.nodes.push(target);
                    depths.push(depths[at] + 1);
                }
                map.edges.push(Edge { from: at, to, ..Edge::default() });
            }
            at += 1;
        }
        map.valencies = map.nodes.iter().map(|node| valency(*node)).collect();
        map.place(&depths);
        map
    }

    /// Each level is a row, each valency a column as wide as its fullest row; within both, nodes stand in the order of
    /// where they are reached from, so that edges cross little.
    fn place(&mut self, depths: &[usize]) {
        let rows = depths.iter().max().map_or(1, |deepest| deepest + 1);
        let column =
            |valency: Option<Valency>| COLUMNS.iter().position(|known| *known == valency).expect("all are columns");
        let mut cells: Vec<Vec<usize>> = vec![Vec::new(); rows * COLUMNS.len()];
        for (node, depth) in depths.iter().enumerate() {
            cells[depth * COLUMNS.len() + column(self.valencies[node])].push(node);
        }
        let widest = |column: usize| (0..rows).map(|row| cells[row * COLUMNS.len() + column].len()).max().unwrap_or(0);
        // A wide column is squeezed: what matters is between the shores.
        let widths: Vec<f32> = (0..COLUMNS.len()).map(|column| (widest(column) as f32).sqrt()).collect();
        let all: f32 = widths.iter().sum();
        let mut heard = vec![(0.0f32, 0.0f32); self.nodes.len()];
        self.places = vec![(0.5, 0.0); self.nodes.len()];
        let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        self.edges.iter().for_each(|edge| outgoing[edge.from].push(edge.to));
        for row in 0..rows {
            let mut left = 0.0;
            for column in 0..COLUMNS.len() {
                let cell = &mut cells[row * COLUMNS.len() + column];
                let from = |node: &usize| if heard[*node].1 > 0.0 { heard[*node].0 / heard[*node].1 } else { 0.5 };
                cell.sort_by(|one, other| from(one).total_cmp(&from(other)));
                let width = widths[column] / all.max(1.0);
                for (index, node) in cell.iter().enumerate() {
                    let x = left + width * (index as f32 + 0.5) / cell.len() as f32;
                    self.places[*node] = (x, (row as f32 + 0.5) / rows as f32);
                }
                left += width;
            }
            for column in 0..COLUMNS.len() {
                for node in &cells[row * COLUMNS.len() + column] {
                    for to in &outgoing[*node] {
                        heard[*to].0 += self.places[*node].0;
                        heard[*to].1 += 1.0;
                    }
                }
            }
        }
    }

    /// The node that one comes to from `place` by going in this direction: near, and not far off the straight line.
    pub fn towards(&self, place: usize, (dx, dy): (f32, f32)) -> Option<usize> {
        let from = self.places[place];
        let effort = |to: usize| {
            let (x, y) = (self.places[to].0 - from.0, self.places[to].1 - from.1);
            let along = x * dx + y * dy;
            (along > 1e-4).then_some(along + 2.5 * (x * dy - y * dx).abs())
        };
        let reached = (0..self.places.len()).filter_map(|to| Some((to, effort(to)?)));
        reached.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(to, _)| to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 leads to 1 and 2; 1 is only good for 0, 2 only for 1; nothing is known of 3, which comes after both.
    fn diamond() -> Map {
        let next = |node: u32| [vec![1, 2], vec![3], vec![3], vec![]][node as usize].clone();
        let valencies = [Some(Valency::Bivalent), Some(Valency::Zero), Some(Valency::One), None];
        Map::new(&[0], 10, next, |node| valencies[node as usize])
    }

    #[test]
    fn a_map_goes_down_from_its_root_between_the_shores() {
        let map = diamond();
        let ends: Vec<(usize, usize)> = map.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        assert_eq!(ends, [(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert!(map.places[1].0 < map.places[3].0 && map.places[3].0 < map.places[2].0, "{:?}", map.places);
        assert!(map.places[0].1 < map.places[1].1 && map.places[2].1 < map.places[3].1);
    }

    #[test]
    fn from_any_place_the_arrow_keys_lead_on() {
        let map = diamond();
        assert_eq!(map.towards(0, (0.0, 1.0)), Some(1), "of the two below, the nearer");
        assert_eq!(map.towards(1, (1.0, 0.0)), Some(2), "along the row");
        assert_eq!(map.towards(3, (0.0, -1.0)), Some(2));
        assert_eq!(map.towards(0, (0.0, -1.0)), None, "nothing is above the root");
    }

    #[test]
    fn a_map_has_no_more_nodes_than_it_may() {
        let map = Map::new(&[0], 3, |node| vec![2 * node + 1, 2 * node + 2], |_| None);
        assert_eq!((map.nodes.len(), map.edges.len()), (3, 2));
    }
}
