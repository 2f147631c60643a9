//! The search that all explorers share: breadth first over configurations packed into whole numbers.

use super::Progress;
use super::machine::{Index, hash_of, narrow};

/// What can happen in a configuration.
///
/// A configuration is a list of numbers that only the rules understand, the same list for equal configurations.
pub trait Rules {
    /// What leads from a configuration to the next.
    type Label: Copy + PartialEq;

    /// Lists the successors of `from`. A successor equal to `from` is not counted; the search sees to that.
    fn successors(&mut self, from: &[u32], found: &mut Found<Self::Label>);

    /// The values decided in a configuration, as a mask: 1 for 0, 2 for 1.
    fn decided(&self, configuration: &[u32]) -> u8;
}

/// Where rules put the successors of a configuration.
pub struct Found<L> {
    words: Vec<u32>,
    ends: Vec<(usize, u8, L)>,
}

impl<L> Default for Found<L> {
    fn default() -> Self {
        Found { words: Vec::new(), ends: Vec::new() }
    }
}

impl<L> Found<L> {
    /// Adds a successor: who acts, what leads to it, and itself, which `write` appends.
    #[inline]
    pub fn push(&mut self, actor: u8, label: L, write: impl FnOnce(&mut Vec<u32>)) {
        write(&mut self.words);
        self.ends.push((self.words.len(), actor, label));
    }

    /// The successors: each with who acts and what leads to it.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], u8, &L)> {
        let starts = [0].into_iter().chain(self.ends.iter().map(|(end, _, _)| *end));
        starts.zip(&self.ends).map(|(start, (end, actor, label))| (&self.words[start..*end], *actor, label))
    }
}

/// Configurations by number, in the order in which they were found.
#[derive(Default)]
struct Space {
    /// Blocks of a fixed size, so that growing copies nothing. A configuration is its number, its length, its words.
    blocks: Vec<Vec<u32>>,
    /// Where each begins: the number of the block in the high bits.
    places: Vec<u32>,
    /// The places again, by hash: not the numbers, which would be one more look at distant memory.
    index: Index,
}

const BLOCK_BITS: u32 = 16;
const BLOCK: usize = 1 << BLOCK_BITS;

impl Space {
    #[inline]
    fn get(&self, id: u32) -> &[u32] {
        entry(&self.blocks, self.places[id as usize]).1
    }

    #[inline]
    fn find(&self, words: &[u32], hash: u64) -> Option<u32> {
        let place = self.index.find(hash, |place| entry(&self.blocks, place).1 == words)?;
        Some(entry(&self.blocks, place).0)
    }

    /// Looks at the memory that [`Space::find`] will look at first. Done for many hashes in a row, the processor
    /// fetches from many places at once, and that is what a large search waits for.
    #[inline]
    fn touch(&self, hash: u64) -> u32 {
        self.index.first(hash).map_or(0, |place| entry(&self.blocks, place).0)
    }

    fn add(&mut self, words: &[u32], hash: u64) -> u32 {
        assert!(words.len() + 2 <= BLOCK, "a configuration has fewer than 65,535 words");
        if self.blocks.last().is_none_or(|block| block.len() + words.len() + 2 > BLOCK) {
            assert!(self.blocks.len() < 1 << (32 - BLOCK_BITS), "an exploration fits in 2^32 words");
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let high = narrow(self.blocks.len() - 1) << BLOCK_BITS;
        let block = self.blocks.last_mut().expect("there is one now");
        let (id, place) = (narrow(self.places.len()), high | narrow(block.len()));
        self.places.push(place);
        block.extend([id, narrow(words.len())]);
        block.extend_from_slice(words);
        let blocks = &self.blocks;
        self.index.insert(hash, place, |place| hash_of(entry(blocks, place).1));
        id
    }
}

/// The number and the words of the configuration at `place`.
#[inline]
fn entry(blocks: &[Vec<u32>], place: u32) -> (u32, &[u32]) {
    let (block, offset) = (&blocks[(place >> BLOCK_BITS) as usize], place as usize & (BLOCK - 1));
    (block[offset], &block[offset + 2..offset + 2 + block[offset + 1] as usize])
}

/// The edges of a graph whose nodes are numbers, listed by source.
#[derive(Clone, Default)]
pub struct Edges {
    /// Where the edges of a node begin; one more than there are nodes with known edges.
    first: Vec<u32>,
    targets: Vec<u32>,
    actors: Vec<u8>,
}

/// The actor of an edge on which everybody acts.
pub const EVERYBODY: u8 = u8::MAX;

impl Edges {
    /// The edges of nodes 0, 1, …: where each node's begin, and where each leads and who acts.
    pub(super) fn from_parts(first: Vec<u32>, targets: Vec<u32>, actors: Vec<u8>) -> Self {
        Edges { first, targets, actors }
    }

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

    /// How many edges there are.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// How many nodes have their edges here.
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
    /// What can happen.
    pub rules: R,
    space: Space,
    parents: Vec<u32>,
    decided: Vec<u8>,
    edges: Edges,
    roots: usize,
    limit: usize,
    limit_hit: bool,
    found: Found<R::Label>,
}

/// The parent of a configuration that the search began with.
const ROOT: u32 = u32::MAX;

impl<R: Rules> Search<R> {
    /// A search from these configurations that ends when `limit` are found.
    pub fn new(rules: R, roots: &[Vec<u32>], limit: usize) -> Self {
        let mut search = Search {
            rules,
            space: Space::default(),
            parents: Vec::new(),
            decided: Vec::new(),
            edges: Edges::default(),
            roots: 0,
            limit: limit.max(roots.len()),
            limit_hit: false,
            found: Found::default(),
        };
        for root in roots {
            let hash = hash_of(root);
            if search.space.find(root, hash).is_none() {
                search.enter(root, hash, ROOT);
            }
        }
        search.roots = search.len();
        search
    }

    fn enter(&mut self, words: &[u32], hash: u64, parent: u32) -> u32 {
        self.parents.push(parent);
        self.decided.push(self.rules.decided(words));
        self.space.add(words, hash)
    }

    /// Expands at most `budget` configurations.
    pub fn step(&mut self, budget: usize) -> Progress {
        let mut found = std::mem::take(&mut self.found);
        let end = self.edges.nodes().saturating_add(budget);
        let (mut hashes, mut touched) = (Vec::new(), 0);
        while self.edges.nodes() < end.min(self.len()) && !self.limit_hit {
            let node = narrow(self.edges.nodes());
            found.words.clear();
            found.ends.clear();
            self.rules.successors(self.space.get(node), &mut found);
            hashes.clear();
            hashes.extend(found.iter().map(|(words, _, _)| hash_of(words)));
            touched = hashes.iter().fold(touched, |sum, hash| sum ^ self.space.touch(*hash));
            for ((words, actor, _), hash) in found.iter().zip(hashes.iter().copied()) {
                if words == self.space.get(node) {
                    continue;
                }
                let target = match self.space.find(words, hash) {
                    Some(target) => target,
                    None if self.len() == self.limit => {
                        self.limit_hit = true;
                        continue;
                    }
                    None => self.enter(words, hash, node),
                };
                self.edges.push(actor, target);
            }
            self.edges.close();
        }
        self.found = found;
        // Without a use the compiler would leave the touching out.
        std::hint::black_box(touched);
        self.progress()
    }

    /// Works until all is found or the limit is hit.
    pub fn run(&mut self) -> Progress {
        self.step(usize::MAX)
    }

    /// How far the search has come.
    pub fn progress(&self) -> Progress {
        let (found, expanded) = (self.len(), self.edges.nodes());
        Progress { found, expanded, done: self.limit_hit || found == expanded }
    }

    /// Whether every configuration was found and expanded.
    pub fn is_complete(&self) -> bool {
        !self.limit_hit && self.edges.nodes() == self.len()
    }

    /// How many configurations were found.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether none was found.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// How many configurations it began with; they have the first numbers.
    pub fn roots(&self) -> usize {
        self.roots
    }

    /// A configuration by its number.
    pub fn configuration(&self, node: u32) -> &[u32] {
        self.space.get(node)
    }

    /// The number of a configuration, if it was found.
    pub fn find(&self, words: &[u32]) -> Option<u32> {
        self.space.find(words, hash_of(words))
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

    /// What leads along a path, step by step. Each number must be a successor of the one before.
    pub fn labels(&mut self, path: &[u32]) -> Vec<R::Label> {
        path.windows(2).map(|pair| self.label(pair[0], pair[1])).collect()
    }

    fn label(&mut self, from: u32, to: u32) -> R::Label {
        let mut found = Found::default();
        self.rules.successors(self.space.get(from), &mut found);
        let target = self.space.get(to);
        let label = found.iter().find(|(words, _, _)| *words == target).map(|(_, _, label)| *label);
        label.expect("a path goes from successor to successor")
    }

    /// Bytes that the search keeps for its configurations, without the edges.
    pub fn bytes(&self) -> usize {
        let words = self.space.blocks.iter().map(Vec::capacity).sum::<usize>() + self.space.places.capacity();
        4 * (words + self.space.index.capacity() + self.parents.capacity()) + self.decided.capacity()
    }
}
