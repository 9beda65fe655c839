//! The modules of one crate, as its sources declare them, and what each of them names.
//!
//! Modules that are compiled for tests only are left out, and so are the tests beside a crate's `src`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit as _;

use super::names::{self, Item, Module};
use crate::failure::Failure;
use crate::repository;

/// The path of a module within its crate: the names below the root, none for the root itself.
pub(crate) type ModulePath = Vec<String>;

/// The modules of a crate by their path.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
}

impl Tree {
    /// Reads the crate whose root (`lib.rs`, `main.rs`) is `file`, relative to the root of the repository.
    pub(crate) fn read(file: &str) -> Result<Self, Failure> {
        let mut tree = Self::default();
        tree.read_file(Vec::new(), Path::new(file), true)?;
        Ok(tree)
    }

    /// For tests: modules from their texts, each with its path.
    #[cfg(test)]
    pub(crate) fn of(sources: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, source) in sources {
            let path: ModulePath = path.split("::").skip(1).map(str::to_owned).collect();
            let file = syn::parse_file(source).expect("valid Rust");
            let name = format!("src/{}.rs", path.join("/"));
            tree.add(path, &name, &file.items);
        }
        tree
    }

    fn read_file(&mut self, path: ModulePath, file: &Path, is_folder: bool) -> Result<(), Failure> {
        let shown = file.to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(repository::root().join(file))
            .map_err(|error| Failure::new(format!("cannot read {shown}: {error}")))?;
        let parsed = syn::parse_file(&text).map_err(|error| {
            Failure::new(format!("{shown}:{}: cannot read this as Rust: {error}", error.span().start().line))
        })?;
        let folder = match file.file_stem().filter(|_| !is_folder) {
            Some(stem) => file.with_file_name(stem),
            None => file.parent().map(Path::to_owned).unwrap_or_default(),
        };
        for outside in self.add(path, &shown, &parsed.items) {
            let (file, is_folder) = outside.find(&folder, file).ok_or_else(|| {
                Failure::new(format!(
                    "{shown}: there is no file for the module `{}`",
                    outside.path.join("::")
                ))
            })?;
            self.read_file(outside.path, &file, is_folder)?;
        }
        Ok(())
    }

    /// Adds a module and those that stand within it; gives those that have a file of their own.
    fn add(&mut self, path: ModulePath, file: &str, items: &[syn::Item]) -> Vec<OutsideModule> {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        let mut outside = Vec::new();
        for item in items {
            if names::is_for_tests(names::attributes(item)) {
                continue;
            }
            let syn::Item::Mod(declared) = item else {
                names::Visitor::new(&mut module).visit_item(item);
                continue;
            };
            let name = declared.ident.to_string();
            let item = Item { kind: "mod", is_public: names::is_public(&declared.vis) };
            module.items.insert(name.clone(), item);
            let child = [&path[..], &[name]].concat();
            match &declared.content {
                Some((_, items)) => outside.extend(self.add(child, file, items)),
                None => {
                    outside.push(OutsideModule { path: child, at: names::path_attribute(&declared.attrs) })
                }
            }
        }
        self.modules.insert(path, module);
        outside
    }
}

/// A module that is declared in one file and written in another.
struct OutsideModule {
    path: ModulePath,
    /// What `#[path = "…"]` says.
    at: Option<String>,
}

impl OutsideModule {
    /// The file, and whether it is the `mod.rs` of a folder.
    fn find(&self, folder: &Path, declared_in: &Path) -> Option<(PathBuf, bool)> {
        if let Some(at) = &self.at {
            return Some((declared_in.with_file_name(at), at.ends_with("mod.rs")));
        }
        let name = self.path.last()?;
        let candidates =
            [(folder.join(format!("{name}.rs")), false), (folder.join(name).join("mod.rs"), true)];
        candidates.into_iter().find(|(file, _)| repository::root().join(file).is_file())
    }
}
