//! The project that README.md tells a reader to make beside this checkout, made as it says, in an empty directory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

/// How the README names the checkout.
const CHECKOUT: &str = "../bearward/";

/// Makes the project and has it checked: it compiles.
pub(super) fn compiles() -> Result<(), Failure> {
    let root = repository::root();
    let page = fs::read_to_string(root.join("README.md"))
        .map_err(|error| Failure::new(format!("cannot read README.md: {error}")))?;
    let instructions = Instructions::of(&page)?;

    // Outside the checkout: below a workspace, cargo would make it a member.
    let directory = Directory::new()?;
    let project = directory.0.join("hello");
    Command::cargo("new").args(["--quiet", "--vcs", "none"]).arg(&project).run()?;
    let put = |name: &str, text: &[u8]| {
        fs::write(project.join(name), text)
            .map_err(|error| Failure::new(format!("cannot write {name} of the README's project: {error}")))
    };
    put("src/main.rs", instructions.program.as_bytes())?;
    let manifest = project.join("Cargo.toml");
    for arguments in instructions.dependencies {
        Command::cargo("add").arg("--quiet").manifest(&manifest).args(arguments).run()?;
    }
    // The versions that are tested with: a new one of somebody else's crate is not this change's fault.
    let lock = fs::read(root.join("Cargo.lock"));
    put("Cargo.lock", &lock.map_err(|error| Failure::new(format!("cannot read Cargo.lock: {error}")))?)?;
    Command::cargo("check").manifest(&manifest).with_our_dependencies().run()
}

/// What the page says to do.
#[derive(Debug, PartialEq, Eq)]
struct Instructions {
    /// The arguments of each `cargo add`.
    dependencies: Vec<Vec<String>>,
    program: String,
}

impl Instructions {
    fn of(page: &str) -> Result<Self, Failure> {
        let root = format!("{}/", repository::root().display());
        let arguments = |line: &str| {
            let words = line.strip_prefix("$ cargo add ")?.split('#').next()?.split_whitespace();
            Some(words.map(|word| word.replace(CHECKOUT, &root)).collect::<Vec<_>>())
        };
        let dependencies: Vec<_> = page.lines().filter_map(arguments).collect();
        let needed = |name: &str| dependencies.iter().flatten().any(|word| word.starts_with(name));
        if !needed("bearward-axum") {
            return Err(Failure::new("README.md has no line `$ cargo add bearward-axum …`"));
        }
        let blocks =
            page.split("\n```rust").skip(1).filter_map(|rest| rest.split("\n```").next()?.split_once('\n'));
        let program = blocks.map(|(_, code)| code).find(|code| code.contains("fn main()"));
        let program = program.ok_or_else(|| Failure::new("README.md has no program in Rust"))?;
        Ok(Self { dependencies, program: program.to_owned() })
    }
}

/// A directory for the project that is removed with it.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("bearward-readme-{}", std::process::id()));
        fs::create_dir_all(&path)
            .map_err(|error| Failure::new(format!("cannot make {}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::Instructions;
    use crate::repository;

    #[test]
    fn what_to_do_is_read_from_the_page() {
        let page = "a\n```console\n$ cargo add axum@0.8\n$ cargo add bearward-axum --path ../bearward/crates/bearward-axum # here\n```\n\n\
                    ```rust\nlet a = 1;\n```\n\n```rust,no_run\nuse a;\nfn main() {}\n```\nb\n";
        let read = Instructions::of(page).expect("all is there");
        let path = format!("{}/crates/bearward-axum", repository::root().display());
        assert_eq!(read.dependencies, [vec!["axum@0.8"], vec!["bearward-axum", "--path", &path]]);
        assert_eq!(read.program, "use a;\nfn main() {}");
    }

    #[test]
    fn a_page_that_no_longer_says_it_is_noticed() {
        assert!(Instructions::of("$ cargo add bearward-axum\n").is_err());
        assert!(Instructions::of("a\n```rust\nfn main() {}\n```\n").is_err());
    }
}
