//! Which module of a crate uses which: every path, resolved to the module that defines what it names.
//!
//! A re-export leads to where the name is defined, so that `use crate::Name` of something in `a/b.rs` is a use of
//! `a::b`, whatever `lib.rs` and `a/mod.rs` pass on.

use super::tree::{ModulePath, Tree};

/// One use of another module of the same crate.
pub(crate) struct Use {
    pub(crate) from: ModulePath,
    pub(crate) to: ModulePath,
    /// The path as it is written.
    pub(crate) written: String,
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// A chain of re-exports longer than this is a circle of its own.
const DEEPEST_CHAIN: usize = 32;

pub(crate) fn uses(tree: &Tree) -> Vec<Use> {
    let mut uses = Vec::new();
    for (from, module) in &tree.modules {
        // Where a path begins with an imported name, the import is the use.
        let imported =
            |path: &[String]| module.imports.iter().any(|import| import.name.as_ref() == path.first());
        for used in module.used.iter().filter(|used| !imported(&used.path)) {
            if let Some(to) = resolve(tree, from, &used.path, 0)
                && to != *from
            {
                uses.push(Use {
                    from: from.clone(),
                    to,
                    written: used.path.join("::"),
                    file: module.file.clone(),
                    line: used.line,
                });
            }
        }
    }
    uses
}

/// What a path leads to.
pub(crate) enum Target {
    Module(ModulePath),
    /// An item, by the module that defines it and its name there.
    Item(ModulePath, String),
    /// Another crate, or a name that a macro makes up.
    Elsewhere,
}

/// What `path`, written in `module`, names.
pub(crate) fn target(tree: &Tree, module: &[String], path: &[String]) -> Target {
    let declares = |module: &ModulePath, name: &String| {
        let item = tree.modules.get(module).and_then(|module| module.items.get(name));
        item.is_some_and(|item| item.kind != "mod")
    };
    let Some(name) = path.last() else { return Target::Elsewhere };
    let here = module.to_vec();
    let found = match path.len() {
        1 if declares(&here, name) => Some(here),
        _ => resolve(tree, module, path, 0),
    };
    match found {
        Some(found) if declares(&found, name) => Target::Item(found, name.clone()),
        Some(found) if found.last() == Some(name) => Target::Module(found),
        _ => Target::Elsewhere,
    }
}

/// The module that defines what `path`, written in `module`, names; `None` for other crates' names.
fn resolve(tree: &Tree, module: &[String], path: &[String], depth: usize) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => walk(tree, Vec::new(), rest, depth),
        "self" => walk(tree, module.to_vec(), rest, depth),
        "super" => {
            let mut parent = module.to_vec();
            parent.pop()?;
            let further = rest.iter().take_while(|segment| *segment == "super").count();
            parent.truncate(parent.len().checked_sub(further)?);
            walk(tree, parent, &rest[further..], depth)
        }
        _ => {
            let here = tree.modules.get(module)?;
            let child = [module, std::slice::from_ref(first)].concat();
            // A name that `use` brings in may also be the first of the path of another `use`.
            let import = here.imports.iter().find(|import| import.name.as_ref() == Some(first));
            if tree.modules.contains_key(&child) {
                walk(tree, child, rest, depth)
            } else if let Some(import) = import.filter(|import| import.path.first() != Some(first)) {
                through(tree, module, &import.path, rest, depth)
            } else {
                None
            }
        }
    }
}

/// Follows `path` from `module` down, and through what the modules on the way pass on.
fn walk(tree: &Tree, module: ModulePath, path: &[String], depth: usize) -> Option<ModulePath> {
    let Some((first, rest)) = path.split_first() else {
        return Some(module);
    };
    let child = [&module[..], std::slice::from_ref(first)].concat();
    if tree.modules.contains_key(&child) {
        return walk(tree, child, rest, depth);
    }
    let here = tree.modules.get(&module)?;
    if here.items.contains_key(first) {
        return Some(module);
    }
    let named = here.imports.iter().filter(|import| import.name.as_ref() == Some(first));
    let found = named.filter_map(|import| through(tree, &module, &import.path, rest, depth)).next();
    found.or_else(|| through_glob(tree, &module, path, depth)).or(Some(module))
}

fn through(
    tree: &Tree,
    module: &[String],
    import: &[String],
    rest: &[String],
    depth: usize,
) -> Option<ModulePath> {
    if depth > DEEPEST_CHAIN {
        return None;
    }
    resolve(tree, module, &[import, rest].concat(), depth + 1)
}

/// Only a module that declares or imports the name itself is an answer.
fn through_glob(tree: &Tree, module: &[String], path: &[String], depth: usize) -> Option<ModulePath> {
    let first = path.first()?;
    let globs = tree.modules.get(module)?.imports.iter().filter(|import| import.name.is_none());
    globs
        .filter_map(|glob| through(tree, module, &glob.path, &[], depth))
        .filter(|target| {
            tree.modules.get(target).is_some_and(|module| {
                module.items.contains_key(first)
                    || module.imports.iter().any(|import| import.name.as_ref() == Some(first))
            })
        })
        .find_map(|target| walk(tree, target, path, depth + 1))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;

    fn shown(sources: &[(&str, &str)]) -> Vec<String> {
        let show = |path: &[String]| [&["crate".to_owned()], path].concat().join("::");
        let uses = super::uses(&Tree::of(sources));
        uses.iter().map(|used| format!("{} -> {}:{}", show(&used.from), show(&used.to), used.line)).collect()
    }

    #[test]
    fn a_name_leads_through_re_exports_to_the_module_that_defines_it() {
        let sources = [
            ("crate", "mod a; mod b; pub use self::a::Thing;"),
            ("crate::a", "mod inner; pub use inner::*;"),
            ("crate::a::inner", "pub struct Thing;"),
            ("crate::b", "\nuse crate::Thing;"),
        ];
        let root = "crate -> crate::a::inner:1";
        let reexport = "crate::a -> crate::a::inner:1";
        assert_eq!(shown(&sources), [root, reexport, "crate::b -> crate::a::inner:2"]);
    }

    #[test]
    fn paths_are_found_in_code_in_macros_and_in_attributes() {
        let sources = [
            ("crate", "mod a; mod b;"),
            ("crate::a", "pub fn call() {}"),
            (
                "crate::b",
                "\nfn one() { super::a::call() }\nfn two() { println!(\"{}\", crate::a::call()) }\n\
                 #[derive(Debug)]\nstruct S {\n#[serde(with = \"crate::a\")] field: u8 }",
            ),
        ];
        let expected: Vec<String> = [2, 3, 6].map(|line| format!("crate::b -> crate::a:{line}")).into();
        assert_eq!(shown(&sources), expected);
    }

    #[test]
    fn what_is_for_tests_only_uses_nothing() {
        let sources = [
            ("crate", "mod a; mod b;"),
            ("crate::a", "pub fn call() {}"),
            ("crate::b", "#[cfg(test)] mod tests { use crate::a; } #[cfg(test)] fn f() { crate::a::call() }"),
        ];
        assert!(shown(&sources).is_empty());
    }
}
