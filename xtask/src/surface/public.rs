//! The public items of a crate: those that a path of public names leads to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::source::{ModulePath, Target, Tree, target};

/// What a crate shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Surface {
    /// Items and their public functions and constants, by path, with their kind.
    pub(super) items: BTreeMap<String, &'static str>,
    /// Names of other crates, by the path under which they are passed on.
    pub(super) passed_on: BTreeMap<String, String>,
}

/// An item by the module that defines it, and its name there.
type Definition = (ModulePath, String);

pub(super) fn of(name: &str, tree: &Tree) -> Surface {
    let mut walk = Walk { tree, found: BTreeMap::new(), passed_on: BTreeMap::new(), seen: BTreeSet::new() };
    let mut modules = VecDeque::from([(Vec::new(), name.to_owned())]);
    // Modules nearer to the root come first, so that an item has its shortest path.
    while let Some((module, shown)) = modules.pop_front() {
        walk.module(&module, &shown, &mut modules);
    }
    let mut items: BTreeMap<String, &str> = BTreeMap::new();
    for (path, kind) in walk.found.values() {
        items.insert(path.clone(), kind);
    }
    for (module, written) in &tree.modules {
        for method in &written.methods {
            if let Target::Item(module, name) = target(tree, module, &method.of)
                && let Some((path, _)) = walk.found.get(&(module, name))
            {
                items.insert(format!("{path}::{}", method.name), method.kind);
            }
        }
    }
    Surface { items, passed_on: walk.passed_on }
}

struct Walk<'a> {
    tree: &'a Tree,
    found: BTreeMap<Definition, (String, &'static str)>,
    passed_on: BTreeMap<String, String>,
    seen: BTreeSet<(ModulePath, String)>,
}

impl Walk<'_> {
    /// Notes what `module` shows under the path `shown`, and its public modules for later.
    fn module(&mut self, module: &ModulePath, shown: &str, later: &mut VecDeque<(ModulePath, String)>) {
        let Some(written) = self.tree.modules.get(module) else { return };
        if !self.seen.insert((module.clone(), shown.to_owned())) {
            return;
        }
        for (name, item) in written.items.iter().filter(|(_, item)| item.is_public) {
            if item.kind == "mod" {
                later.push_back((
                    [&module[..], std::slice::from_ref(name)].concat(),
                    format!("{shown}::{name}"),
                ));
            } else {
                self.item(module.clone(), name.clone(), format!("{shown}::{name}"));
            }
        }
        for import in written.imports.iter().filter(|import| import.is_public) {
            let path = match &import.name {
                Some(name) => format!("{shown}::{name}"),
                None => shown.to_owned(),
            };
            match target(self.tree, module, &import.path) {
                Target::Item(module, name) => self.item(module, name, path),
                Target::Module(module) if import.name.is_some() => later.push_back((module, path)),
                Target::Module(module) => self.module(&module, &path, later),
                Target::Elsewhere => {
                    let glob = import.name.is_none();
                    let path = if glob { format!("{path}::*") } else { path };
                    self.passed_on.insert(path, import.path.join("::") + if glob { "::*" } else { "" });
                }
            }
        }
    }

    fn item(&mut self, module: ModulePath, name: String, path: String) {
        let item = self.tree.modules.get(&module).and_then(|module| module.items.get(&name));
        if let Some(item) = item {
            self.found.entry((module, name)).or_insert((path, item.kind));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Tree;

    #[test]
    fn an_item_is_shown_once_under_its_shortest_path_with_its_methods() {
        let sources = [
            ("crate", "pub mod a; mod b; pub use a::Thing; pub use b::*; pub use http::HeaderMap;"),
            (
                "crate::a",
                "pub struct Thing; impl Thing { pub fn new() {} pub(crate) fn hidden() {} } fn f() {}",
            ),
            (
                "crate::b",
                "pub enum Choice { One } pub(crate) struct Inner; impl Inner { pub fn unreachable(&self) {} }\n\
                 impl crate::a::Thing { pub const LEAST: u8 = 1; }\n\
                 impl Clone for Choice { fn clone(&self) {} }",
            ),
        ];
        let surface = super::of("example", &Tree::of(&sources));
        let items: Vec<_> = surface.items.iter().map(|(path, kind)| format!("{path} {kind}")).collect();
        let expected = [
            "example::Choice enum",
            "example::Thing struct",
            "example::Thing::LEAST const",
            "example::Thing::new fn",
        ];
        assert_eq!(items, expected);
        let passed_on: Vec<_> = surface.passed_on.into_iter().collect();
        assert_eq!(passed_on, [("example::HeaderMap".to_owned(), "http::HeaderMap".to_owned())]);
    }
}
