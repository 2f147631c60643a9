//! The search that all explorers share: breadth first over configurations packed into whole numbers.

use super::Progress;
use super::machine::{Index, hash_of, narrow};
use super::view::{View, Viewed};

/// What can happen in a configuration.
///
/// A configuration is a list of numbers that only the rules understand, the same list for equal configurations, and of
/// the same length for all.
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
    actors: Vec<u8>,
    /// What leads to them, where somebody asks: a search does not.
    labels: Option<Vec<L>>,
}

impl<L> Found<L> {
    fn new(labels: Option<Vec<L>>) -> Self {
        Found { words: Vec::new(), actors: Vec::new(), labels }
    }

    /// Adds a successor: who acts, what leads to it, and a configuration from which the caller makes it.
    #[inline]
    pub fn push(&mut self, actor: u8, label: L, from: &[u32]) -> &mut [u32] {
        self.actors.push(actor);
        if let Some(labels) = &mut self.labels {
            labels.push(label);
        }
        let start = self.words.len();
        self.words.extend_from_slice(from);
        &mut self.words[start..]
    }
}

/// Configurations by number, in the order in which they were found.
struct Space {
    /// How many words a configuration has.
    width: usize,
    /// Blocks of a fixed size, so that growing copies nothing.
    blocks: Vec<Vec<u32>>,
    len: usize,
    index: Index,
}

/// How many configurations are in a block, as a power of two.
const BLOCK_BITS: u32 = 12;

impl Space {
    fn new(width: usize) -> Self {
        Space { width, blocks: Vec::new(), len: 0, index: Index::default() }
    }

    #[inline]
    fn get(&self, id: u32) -> &[u32] {
        entry(&self.blocks, self.width, id)
    }

    #[inline]
    fn find(&self, words: &[u32], hash: u64) -> Option<u32> {
        // Written out: configurations are too short for a call that compares memory.
        self.index.find(hash, |id| self.get(id).iter().zip(words).all(|(one, other)| one == other))
    }

    /// Looks at the memory that [`Space::find`] will look at first. Done for many hashes in a row, the processor
    /// fetches from many places at once, and that is what a large search waits for.
    #[inline]
    fn touch(&self, hash: u64) -> u32 {
        self.index.first(hash).map_or(0, |id| self.get(id)[0])
    }

    fn add(&mut self, words: &[u32], hash: u64) -> u32 {
        assert_eq!(words.len(), self.width, "all configurations of a search are of the same length");
        let id = narrow(self.len);
        if (id as usize).is_multiple_of(1 << BLOCK_BITS) {
            self.blocks.push(Vec::with_capacity(self.width << BLOCK_BITS));
        }
        self.blocks.last_mut().expect("there is one now").extend_from_slice(words);
        self.len += 1;
        let (blocks, width) = (&self.blocks, self.width);
        self.index.insert(hash, id, |id| hash_of(entry(blocks, width, id)));
        id
    }
}

/// The words of the configuration with this number.
#[inline]
fn entry(blocks: &[Vec<u32>], width: usize, id: u32) -> &[u32] {
    let offset = (id as usize & ((1 << BLOCK_BITS) - 1)) * width;
    &blocks[(id >> BLOCK_BITS) as usize][offset..offset + width]
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
            space: Space::new(roots.first().map_or(0, Vec::len)),
            parents: Vec::new(),
            decided: Vec::new(),
            edges: Edges::default(),
            roots: 0,
            limit: limit.max(roots.len()),
            limit_hit: false,
            found: Found::new(None),
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
        let mut found = std::mem::replace(&mut self.found, Found::new(None));
        let end = self.edges.nodes().saturating_add(budget);
        let (mut hashes, mut touched, width) = (Vec::new(), 0, self.space.width);
        while self.edges.nodes() < end.min(self.len()) && !self.limit_hit {
            let node = narrow(self.edges.nodes());
            found.words.clear();
            found.actors.clear();
            self.rules.successors(self.space.get(node), &mut found);
            hashes.clear();
            hashes.extend(found.words.chunks_exact(width).map(hash_of));
            touched = hashes.iter().fold(touched, |sum, hash| sum ^ self.space.touch(*hash));
            let successors = found.words.chunks_exact(width).zip(&found.actors);
            for ((words, actor), hash) in successors.zip(hashes.iter().copied()) {
                let target = match self.space.find(words, hash) {
                    Some(target) if target == node => continue,
                    Some(target) => target,
                    None if self.len() == self.limit => {
                        self.limit_hit = true;
                        continue;
                    }
                    None => self.enter(words, hash, node),
                };
                self.edges.push(*actor, target);
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
        let mut found = Found::new(Some(Vec::new()));
        self.rules.successors(self.space.get(from), &mut found);
        let target = self.space.get(to);
        let place = found.words.chunks_exact(self.space.width).position(|words| words == target);
        let label = place.and_then(|place| found.labels.as_ref().map(|labels| labels[place]));
        label.expect("a path goes from successor to successor")
    }

    /// Bytes that the search keeps for its configurations: without the edges, but with where those of each begin.
    pub fn bytes(&self) -> usize {
        let words = self.space.blocks.iter().map(Vec::capacity).sum::<usize>();
        let links = self.space.index.capacity() + self.parents.capacity() + self.edges.first.capacity();
        4 * (words + links) + self.decided.capacity()
    }
}

impl<R: Viewed> Search<R> {
    /// A configuration, to be looked at.
    pub fn view(&self, node: u32) -> View<'_> {
        self.rules.view(self.space.get(node))
    }
}
