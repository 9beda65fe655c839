//! The code of docs/mcp.md that needs the SDK is the code of this example.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

const PAGE: &str = include_str!("../../../docs/mcp.md");
const SOURCES: [&str; 1] = [include_str!("../src/tools.rs")];

/// Without indentation, so that a method is the same outside of its `impl`.
fn flat(code: &str) -> String {
    code.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_code_of_the_page_is_in_the_example() {
    let blocks = PAGE.split("```rust,ignore\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let parts: Vec<String> = blocks.flat_map(|block| block.split("\n\n").map(flat)).collect();
    assert_eq!(parts.len(), 2);
    for part in parts {
        let part = part.trim();
        assert!(SOURCES.iter().any(|source| flat(source).contains(part)), "not in the example:\n{part}");
    }
}
