//! The floors of the core: a floor uses those before it, never one after it.

use crate::source::{Tree, Use};

/// The folders of `bearward-core/src` in order, as `docs/architecture.md` draws them.
const FLOORS: [&str; 8] = ["wire", "request", "token", "trust", "check", "memory", "answer", "engine"];

/// What is wrong with the place of a module, or with what it uses.
pub(super) struct Misplaced {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) what: String,
}

pub(super) fn misplaced(tree: &Tree, uses: &[Use]) -> Vec<Misplaced> {
    let mut found: Vec<Misplaced> = tree
        .modules
        .iter()
        .filter(|(path, _)| path.len() == 1 && height(path).is_none())
        .map(|(path, module)| Misplaced {
            file: module.file.clone(),
            line: 1,
            what: format!("`{}` is on no floor: it belongs in one of {}", path[0], FLOORS.join(", ")),
        })
        .collect();
    found.extend(uses.iter().filter_map(|used| {
        let (from, to) = (height(&used.from)?, height(&used.to)?);
        (to > from).then(|| Misplaced {
            file: used.file.clone(),
            line: used.line,
            what: format!(
                "`{}` is of the floor `{to}`, and `{from}` comes before it: what both need belongs in `{from}` or \
                 before, or this code in `{to}`",
                used.written,
                from = FLOORS[from],
                to = FLOORS[to],
            ),
        })
    }));
    found
}

fn height(path: &[String]) -> Option<usize> {
    let folder = path.first()?;
    FLOORS.iter().position(|floor| floor == folder)
}

#[cfg(test)]
mod tests {
    use crate::source::{Tree, uses};

    fn findings(sources: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::of(sources);
        let found = super::misplaced(&tree, &uses(&tree));
        found.iter().map(|found| format!("{}:{}: {}", found.file, found.line, found.what)).collect()
    }

    #[test]
    fn a_use_of_a_later_floor_is_found_and_of_an_earlier_one_is_not() {
        let sources = [
            ("crate", "mod wire; mod token; pub use token::Token;"),
            ("crate::wire", "\n\nuse crate::Token; pub struct Bytes;"),
            ("crate::token", "use crate::wire::Bytes; pub struct Token;"),
        ];
        let expected = "src/wire.rs:3: `crate::Token` is of the floor `token`, and `wire` comes before it: what both \
                        need belongs in `wire` or before, or this code in `token`";
        assert_eq!(findings(&sources), [expected]);
    }

    #[test]
    fn a_module_beside_the_floors_is_found() {
        let sources = [("crate", "mod wire; mod odd;"), ("crate::wire", ""), ("crate::odd", "")];
        let found = findings(&sources);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("src/odd.rs:1: `odd` is on no floor"), "{found:?}");
    }
}
