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

/// The manifests of `examples/*`, by name.
pub(crate) fn example_manifests() -> Vec<PathBuf> {
    let mut manifests: Vec<PathBuf> = fs::read_dir(root().join("examples"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("Cargo.toml"))
        .filter(|manifest| manifest.is_file())
        .collect();
    manifests.sort();
    manifests
}

/// The manifests that the root workspace leaves out, so `cargo ... --workspace` does not reach them.
pub(crate) fn standalone_manifests() -> Vec<PathBuf> {
    let mut manifests: Vec<PathBuf> = ["bench", "fuzz", "bindings/node"]
        .into_iter()
        .filter_map(manifest)
        .collect();
    manifests.extend(example_manifests());
    manifests
}
