//! Where things are in this repository.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the checkout that this binary was built in.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The manifest of `directory` (relative to the root), if it holds a Rust package.
pub(crate) fn manifest(directory: &str) -> Option<PathBuf> {
    let manifest = root().join(directory).join("Cargo.toml");
    manifest.is_file().then_some(manifest)
}

/// The directories (relative to the root) of the `examples/*` in JavaScript, by name.
pub(crate) fn node_examples() -> Vec<String> {
    let with_package = |path: &PathBuf| path.join("package.json").is_file();
    let relative = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        Some(format!("examples/{name}"))
    };
    let examples = examples().into_iter().filter(with_package);
    examples.filter_map(relative).collect()
}

fn examples() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("examples")).into_iter().flatten();
    let mut examples: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    examples.sort();
    examples
}

/// The manifests that the root workspace leaves out, so `cargo ... --workspace` does not reach them.
pub(crate) fn standalone_manifests() -> Vec<PathBuf> {
    ["bench", "fuzz", "bindings/node"].into_iter().filter_map(manifest).collect()
}
