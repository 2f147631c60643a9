//! The search that all explorers share: breadth first over configurations packed into whole numbers.
//!
//! A configuration is a few words, for FLP's three processes three. They lie one behind the other in blocks, in the
//! order in which they were found, filled up to whole quads (16 bytes). Beside each lie the configuration that it was
//! first reached from, a byte with the values decided in it, and where its edges begin. An edge is its target and who
//! acts. An [`Index`] finds the number of a configuration by its hash: 8 bytes a slot, at most half of them used, half
//! of the hash in each, so that the configuration itself is looked at only where it is nearly certain to be the one.
//!
//! Going through memory costs more than everything else, so configurations are expanded [`BATCH`] at a time: first all
//! their successors are listed, then all their slots are touched, then each is looked up, with its slot in the cache.
//! The numbers are the same as if they were expanded one by one. For the width of FLP's graphs the loop is compiled
//! on its own, with that width as a constant.

use super::SearchProgress;
use super::step_table::{Index, narrow};
use super::view::ConfigurationView;

/// The events that can happen in a configuration.
///
/// A configuration is a list of numbers that only the rules understand, the same list for equal configurations, and of
/// the same length for all.
pub trait Rules {
    /// The event that leads from a configuration to the next.
    type Label: Copy + PartialEq;

    /// Lists the successors of `from`. A successor equal to `from` is not counted; the search sees to that.
    fn successors(&mut self, from: &[u32], found: &mut Successors<Self::Label>);

    /// The values decided in a configuration, as a mask: 1 for 0, 2 for 1.
    fn decided(&self, configuration: &[u32]) -> u8;
}

/// Four words at a time: copied, hashed and compared as one. Most configurations are no longer.
type Quad = [u32; 4];

/// The list into which rules put the successors of a configuration.
pub struct Successors<L> {
    /// As many quads for each successor, the last filled up with zeros.
    quads: Vec<Quad>,
    actors: Vec<u8>,
    /// The events that lead to them, where somebody asks: a search does not.
    labels: Option<Vec<L>>,
}

impl<L> Successors<L> {
    fn new(labels: Option<Vec<L>>) -> Self {
        Successors { quads: Vec::new(), actors: Vec::new(), labels }
    }

    fn clear(&mut self) {
        self.quads.clear();
        self.actors.clear();
    }

    /// Adds a successor: who acts, what leads to it, and a configuration from which the caller makes it.
    #[inline]
    pub fn push(&mut self, actor: u8, label: impl FnOnce() -> L, from: &[u32]) -> &mut [u32] {
        self.actors.push(actor);
        if let Some(labels) = &mut self.labels {
            labels.push(label());
        }
        let start = self.quads.len();
        put(&mut self.quads, from);
        &mut self.quads[start..].as_flattened_mut()[..from.len()]
    }
}

/// The successors of a configuration, each with what leads to it.
pub fn successors<R: Rules>(rules: &mut R, from: &[u32]) -> Vec<(Vec<u32>, R::Label)> {
    let mut found = Successors::new(Some(Vec::new()));
    rules.successors(from, &mut found);
    let labels = found.labels.iter().flatten();
    let words =
        found.quads.chunks_exact(from.len().div_ceil(4)).map(|quads| quads.as_flattened()[..from.len()].to_vec());
    words.zip(labels.copied()).collect()
}

/// Appends a configuration in quads.
#[inline]
fn put(quads: &mut Vec<Quad>, words: &[u32]) {
    match *words {
        [one, two, three] => quads.push([one, two, three, 0]),
        [one, two, three, four] => quads.push([one, two, three, four]),
        _ => quads.extend(words.chunks(4).map(|chunk| {
            let mut quad = [0; 4];
            quad[..chunk.len()].copy_from_slice(chunk);
            quad
        })),
    }
}

/// A hash of a configuration, for this run only.
#[inline]
fn hash_quads(quads: &[Quad]) -> u64 {
    quads.iter().fold(0, |hash, [one, two, three, four]| {
        let (low, high) = (u64::from(*one) << 32 | u64::from(*two), u64::from(*three) << 32 | u64::from(*four));
        let mixed = u128::from(low ^ hash ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high ^ 0xbf58_476d_1ce4_e5b9);
        mixed as u64 ^ (mixed >> 64) as u64
    })
}

/// Configurations by number, in the order in which they were found.
struct Space {
    /// The numbers of words and of quads of a configuration.
    width: usize,
    quads: usize,
    /// Blocks of a fixed size, so that growing copies nothing.
    blocks: Vec<Vec<Quad>>,
    len: usize,
    index: Index,
}

/// The number of configurations in a block, as a power of two.
const BLOCK_BITS: u32 = 12;

/// The number of configurations that are expanded at a time. Their successors fit into the fastest cache.
const BATCH: usize = 64;

/// The width for which the search is compiled on its own: three processes, a word each.
const COMMON_WIDTH: usize = 3;

impl Space {
    fn new(width: usize) -> Self {
        Space { width, quads: width.div_ceil(4), blocks: Vec::new(), len: 0, index: Index::default() }
    }

    #[inline]
    fn get(&self, id: u32) -> &[u32] {
        &entry(&self.blocks, self.quads, id).as_flattened()[..self.width]
    }

    /// The number of a configuration; where there is none, the slot of the index for it.
    #[inline(always)]
    fn seek(&self, quads: &[Quad], hash: u64) -> Result<u32, usize> {
        // Written out: configurations are too short for a call that compares memory.
        let same = |id| entry(&self.blocks, quads.len(), id).iter().zip(quads).all(|(one, other)| one == other);
        self.index.seek(hash, same)
    }

    /// Adds a configuration that is not there yet. The index has room for it.
    #[inline(always)]
    fn add(&mut self, quads: &[Quad], hash: u64, slot: usize) -> u32 {
        let id = narrow(self.len);
        if (id as usize).is_multiple_of(1 << BLOCK_BITS) {
            self.blocks.push(Vec::with_capacity(quads.len() << BLOCK_BITS));
        }
        self.blocks.last_mut().expect("there is one now").extend_from_slice(quads);
        self.len += 1;
        self.index.put(slot, hash, id);
        id
    }
}

/// The configuration with this number.
#[inline(always)]
fn entry(blocks: &[Vec<Quad>], quads: usize, id: u32) -> &[Quad] {
    let offset = (id as usize & ((1 << BLOCK_BITS) - 1)) * quads;
    &blocks[(id >> BLOCK_BITS) as usize][offset..offset + quads]
}

/// The edges of a graph whose nodes are numbers, listed by source.
#[derive(Clone, Default)]
pub struct Edges {
    /// The places where the edges of nodes begin; one more than there are nodes with known edges.
    first: Vec<u32>,
    targets: Vec<u32>,
    actors: Vec<u8>,
}

/// The actor of an edge on which everybody acts.
pub const EVERYBODY: u8 = u8::MAX;

impl Edges {
    /// The edges of the next node are complete.
    pub(super) fn close(&mut self) {
        if self.first.is_empty() {
            self.first.push(0);
        }
        self.first.push(narrow(self.targets.len()));
    }

    /// Adds an edge to the next node.
    pub(super) fn push(&mut self, actor: u8, target: u32) {
        self.actors.push(actor);
        self.targets.push(target);
    }

    /// The number of edges.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The number of nodes that have their edges here.
    pub fn nodes(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// The edges from `node`: who acts, and where it leads. None for a node that was found and not expanded.
    #[inline]
    pub fn from(&self, node: u32) -> impl Iterator<Item = (u8, u32)> {
        let node = node as usize;
        let range = if node < self.nodes() { self.first[node] as usize..self.first[node + 1] as usize } else { 0..0 };
        self.actors[range.clone()].iter().copied().zip(self.targets[range].iter().copied())
    }
}

/// A breadth-first search by some rules, as far as it has come.
pub struct Search<R: Rules> {
    /// The events that can happen.
    pub rules: R,
    space: Space,
    parents: Vec<u32>,
    decided: Vec<u8>,
    edges: Edges,
    roots: usize,
    limit: usize,
    limit_hit: bool,
    found: Successors<R::Label>,
}

/// The parent of a configuration that the search began with.
const ROOT: u32 = u32::MAX;

impl<R: Rules> Search<R> {
    /// A search from these configurations that ends when `limit` are found.
    pub fn new(rules: R, roots: &[Vec<u32>], limit: usize) -> Self {
        let mut search = Search {
            rules,
            space: Space::new(roots.first().map_or(0, Vec::len)),
            parents: Vec::new(),
            decided: Vec::new(),
            edges: Edges::default(),
            roots: 0,
            limit: limit.max(roots.len()),
            limit_hit: false,
            found: Successors::new(None),
        };
        let mut quads = Vec::new();
        for root in roots {
            assert_eq!(root.len(), search.space.width, "all configurations of a search are of the same length");
            quads.clear();
            put(&mut quads, root);
            let hash = hash_quads(&quads);
            search.space.index.reserve(1);
            if let Err(slot) = search.space.seek(&quads, hash) {
                let decided = search.rules.decided(root);
                search.enter(&quads, hash, slot, (ROOT, decided));
            }
        }
        search.roots = search.len();
        search
    }

    #[inline(always)]
    fn enter(&mut self, quads: &[Quad], hash: u64, slot: usize, (parent, decided): (u32, u8)) -> u32 {
        self.parents.push(parent);
        self.decided.push(decided);
        self.space.add(quads, hash, slot)
    }

    /// Expands at most `budget` configurations.
    pub fn step(&mut self, budget: usize) -> SearchProgress {
        match self.space.width {
            COMMON_WIDTH => self.expand::<COMMON_WIDTH>(budget),
            _ => self.expand::<0>(budget),
        }
        self.progress()
    }

    /// The same for one width only; 0 is any.
    fn expand<const WIDTH: usize>(&mut self, budget: usize) {
        let width = if WIDTH == 0 { self.space.width } else { WIDTH };
        let size = width.div_ceil(4);
        let mut found = std::mem::replace(&mut self.found, Successors::new(None));
        let (mut ends, mut hashes) = (Vec::with_capacity(BATCH), Vec::new());
        let mut touched = 0;
        let end = self.edges.nodes().saturating_add(budget);
        while !self.limit_hit && self.edges.nodes() < end.min(self.len()) {
            let first = self.edges.nodes();
            found.clear();
            ends.clear();
            for node in first..end.min(self.len()).min(first + BATCH) {
                let quads = entry(&self.space.blocks, size, narrow(node));
                self.rules.successors(&quads.as_flattened()[..width], &mut found);
                ends.push(found.actors.len());
            }
            hashes.clear();
            hashes.extend(found.quads.chunks_exact(size).map(hash_quads));
            self.space.index.reserve(hashes.len());
            touched = hashes.iter().fold(touched, |sum, hash| sum ^ self.space.index.touch(*hash));
            let mut successors = found.quads.chunks_exact(size).zip(&hashes).zip(&found.actors);
            let mut begin = 0;
            for (node, end) in (narrow(first)..).zip(&ends) {
                for ((quads, hash), actor) in successors.by_ref().take(end - begin) {
                    let target = match self.space.seek(quads, *hash) {
                        Ok(target) if target == node => continue,
                        Ok(target) => target,
                        Err(_) if self.len() == self.limit => {
                            self.limit_hit = true;
                            continue;
                        }
                        Err(slot) => {
                            let decided = self.rules.decided(&quads.as_flattened()[..width]);
                            self.enter(quads, *hash, slot, (node, decided))
                        }
                    };
                    self.edges.push(*actor, target);
                }
                begin = *end;
                self.edges.close();
                if self.limit_hit {
                    break;
                }
            }
        }
        self.found = found;
        // Without a use the compiler would leave the touching out.
        std::hint::black_box(touched);
    }

    /// Works until all is found or the limit is hit.
    pub fn run(&mut self) -> SearchProgress {
        self.step(usize::MAX)
    }

    /// The progress of the search.
    pub fn progress(&self) -> SearchProgress {
        let (found, expanded) = (self.len(), self.edges.nodes());
        SearchProgress { found, expanded, done: self.limit_hit || found == expanded }
    }

    /// True if every configuration was found and expanded.
    pub fn is_complete(&self) -> bool {
        !self.limit_hit && self.edges.nodes() == self.len()
    }

    /// The number of configurations that were found.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// True if none was found.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The number of configurations that it began with; they have the first numbers.
    pub fn roots(&self) -> usize {
        self.roots
    }

    /// A configuration by its number.
    pub fn configuration(&self, node: u32) -> &[u32] {
        self.space.get(node)
    }

    /// The number of a configuration, if it was found.
    pub fn find(&self, words: &[u32]) -> Option<u32> {
        let mut quads = Vec::new();
        put(&mut quads, words);
        self.space.seek(&quads, hash_quads(&quads)).ok()
    }

    /// The edges found.
    pub fn edges(&self) -> &Edges {
        &self.edges
    }

    /// For each configuration the values decided in it.
    pub fn decided(&self) -> &[u8] {
        &self.decided
    }

    /// The configurations on a shortest way to `node`, the one that the search began with first.
    pub fn path(&self, node: u32) -> Vec<u32> {
        let mut path = vec![node];
        let mut last = node;
        while self.parents[last as usize] != ROOT {
            last = self.parents[last as usize];
            path.push(last);
        }
        path.reverse();
        path
    }

    /// The events along a path, step by step. Each number must be a successor of the one before.
    pub fn labels(&mut self, path: &[u32]) -> Vec<R::Label> {
        path.windows(2).map(|pair| self.label(pair[0], pair[1])).collect()
    }

    fn label(&mut self, from: u32, to: u32) -> R::Label {
        let mut found = Successors::new(Some(Vec::new()));
        self.rules.successors(self.space.get(from), &mut found);
        let target = entry(&self.space.blocks, self.space.quads, to);
        let place = found.quads.chunks_exact(self.space.quads).position(|quads| quads == target);
        let label = place.and_then(|place| found.labels.as_ref().map(|labels| labels[place]));
        label.expect("a path goes from successor to successor")
    }

    /// Bytes that the search keeps for its configurations: without the edges, but with where those of each begin.
    pub fn bytes(&self) -> usize {
        let words = 4 * self.space.blocks.iter().map(Vec::capacity).sum::<usize>();
        let links = self.parents.capacity() + self.edges.first.capacity();
        4 * (words + links) + self.space.index.bytes() + self.decided.capacity()
    }
}

/// Rules whose configurations can be looked at.
pub trait Viewed: Rules {
    /// The content of a configuration.
    fn view<'a>(&'a self, configuration: &'a [u32]) -> ConfigurationView<'a>;
}

impl<R: Viewed> Search<R> {
    /// A configuration, to be looked at.
    pub fn view(&self, node: u32) -> ConfigurationView<'_> {
        self.rules.view(self.space.get(node))
    }
}
