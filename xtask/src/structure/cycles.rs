//! Circles among modules that stand side by side in one folder.
//!
//! A folder uses what its files use. A parent and its children are one family: that the parent passes on what a child
//! defines, and the child uses what the parent defines, is no circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::source::{ModulePath, Use};

/// Modules of one folder, each of which uses the next, and the last the first.
pub(super) struct Cycle<'a> {
    pub(super) folder: ModulePath,
    /// The uses that close it, by the names of the modules, in order.
    pub(super) links: Vec<Link<'a>>,
}

/// That one module uses another, and where.
pub(super) struct Link<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) uses: Vec<&'a Use>,
}

/// The uses between the modules of one folder.
type Graph<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Use>>;

/// The shortest circle of each folder that has one.
pub(super) fn among(uses: &[Use]) -> Vec<Cycle<'_>> {
    let mut folders: BTreeMap<&[String], Graph<'_>> = BTreeMap::new();
    for used in uses {
        let shared = used.from.iter().zip(&used.to).take_while(|(from, to)| from == to).count();
        if let (Some(from), Some(to)) = (used.from.get(shared), used.to.get(shared)) {
            folders.entry(&used.from[..shared]).or_default().entry((from, to)).or_default().push(used);
        }
    }
    folders
        .into_iter()
        .filter_map(|(folder, graph)| {
            let modules = shortest(&graph)?;
            Some(Cycle { folder: folder.to_vec(), links: links(&modules, &graph) })
        })
        .collect()
}

fn shortest<'a>(graph: &Graph<'a>) -> Option<Vec<&'a str>> {
    let modules: BTreeSet<&str> = graph.keys().map(|(from, _)| *from).collect();
    modules.into_iter().filter_map(|module| way_back(graph, module)).min_by_key(Vec::len)
}

/// The shortest way from a module to itself, without the module at its end.
fn way_back<'a>(graph: &Graph<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([vec![start]]);
    while let Some(way) = queue.pop_front() {
        let end = *way.last()?;
        for &(_, next) in graph.keys().filter(|(from, _)| *from == end) {
            if next == start {
                return Some(way);
            }
            if seen.insert(next) {
                queue.push_back([&way[..], &[next]].concat());
            }
        }
    }
    None
}

fn links<'a>(modules: &[&'a str], graph: &Graph<'a>) -> Vec<Link<'a>> {
    let next = modules.iter().cycle().skip(1);
    let pairs = modules.iter().zip(next);
    pairs
        .map(|(&from, &to)| Link { from, to, uses: graph.get(&(from, to)).cloned().unwrap_or_default() })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::source::{Tree, uses};

    fn circles(sources: &[(&str, &str)]) -> Vec<String> {
        let uses = uses(&Tree::of(sources));
        let cycles = super::among(&uses);
        let modules =
            |links: &[super::Link<'_>]| links.iter().map(|link| link.from).collect::<Vec<_>>().join(" ");
        cycles.iter().map(|cycle| modules(&cycle.links)).collect()
    }

    #[test]
    fn two_files_that_use_each_other_are_found() {
        let sources = [
            ("crate", "mod a; mod b;"),
            ("crate::a", "use crate::b::B; pub struct A;"),
            ("crate::b", "use super::a::A; pub struct B;"),
        ];
        assert_eq!(circles(&sources), ["a b"]);
    }

    #[test]
    fn a_circle_through_the_files_of_folders_is_found() {
        let sources = [
            ("crate", "mod a; mod b; mod c;"),
            ("crate::a", "mod inner;"),
            ("crate::a::inner", "use crate::b::B; pub struct A;"),
            ("crate::b", "use crate::c::C; pub struct B;"),
            ("crate::c", "fn f() { crate::a::inner::A; } pub struct C;"),
        ];
        assert_eq!(circles(&sources), ["a b c"]);
    }

    #[test]
    fn a_parent_and_its_children_are_no_circle() {
        let sources = [
            ("crate", "mod a;"),
            ("crate::a", "mod one; mod two; pub use one::One; pub struct A;"),
            ("crate::a::one", "use super::A; use super::two::Two; pub struct One;"),
            ("crate::a::two", "use crate::a::A; pub struct Two;"),
        ];
        assert!(circles(&sources).is_empty());
    }
}
