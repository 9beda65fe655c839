//! `llms.txt`: a list of the pages for programs that read them.

use std::fmt::Write as _;
use std::fs;

use super::summary::{Entry, Summary};
use crate::failure::Failure;
use crate::repository;

const RAW: &str = "https://raw.githubusercontent.com/bearward/bearward/main/";

pub(super) fn text(summary: &Summary) -> Result<String, Failure> {
    let mut text = "# Bearward\n\n> Protects HTTP APIs with OAuth 2.0 access tokens: a Rust core, adapters for axum, actix-web, Rocket, tonic and tower, and \
                    an npm package for Express, Fastify, Koa, hapi, NestJS, Hono and others.\n"
        .to_owned();
    for part in &summary.parts {
        let title = if part.title.is_empty() { "Introduction" } else { &part.title };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n## {title}\n");
        for page in &part.pages {
            let _ = writeln!(text, "- [{}]({RAW}{}): {}", page.title, page.path, first_sentence(page)?);
        }
    }
    Ok(text)
}

/// The lines without the sentences, which change more often than the pages.
pub(super) fn pages(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split_once("): ").map_or(line, |(page, _)| page)).collect()
}

/// The first sentence below the title, with links as their text.
fn first_sentence(page: &Entry) -> Result<String, Failure> {
    let text = fs::read_to_string(repository::root().join(&page.path))
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", page.path)))?;
    let is_prose =
        |block: &&str| !block.starts_with(['#', '|', '<', '`', '-', '!', '[']) && !block.trim().is_empty();
    let block = text.split("\n\n").find(is_prose).unwrap_or_default();
    let block = block.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = block.find(". ").map_or(block.len(), |at| at + 1);
    let mut sentence = String::new();
    let mut rest = &block[..end];
    while let Some((before, after)) = rest.split_once("](") {
        sentence.push_str(&before.replacen('[', "", 1));
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    Ok(sentence + rest)
}
