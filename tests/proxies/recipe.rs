//! The configurations of `docs/proxies.md`, with the addresses, ports and paths of a test filled in.

use std::net::SocketAddr;
use std::path::Path;

use crate::proxy::Kind;

const PAGE: &str = include_str!("../../docs/proxies.md");

/// The code blocks below a proxy's heading.
pub(crate) struct Recipe {
    pub(crate) files: Vec<String>,
}

impl Recipe {
    pub(crate) fn of(kind: Kind) -> Self {
        let section = section(kind.name());
        let mut blocks = section.split("```");
        let mut files = Vec::new();
        while let (Some(_), Some(block)) = (blocks.next(), blocks.next()) {
            let (_, file) = block.split_once('\n').unwrap();
            files.push(file.to_owned());
        }
        assert_eq!(files.len(), if kind == Kind::Traefik { 2 } else { 1 }, "code blocks of {kind:?}");
        Self { files }
    }

    /// With what the page's table says for certificates that no authority issued.
    pub(crate) fn for_self_signed(kind: Kind) -> Self {
        let section = section("Certificates that no authority issued");
        let row = section.lines().find(|line| line.starts_with(&format!("| {} |", kind.name()))).unwrap();
        let mut cells = row.split('|').map(|cell| cell.trim().trim_matches('`')).skip(2);
        let (from, to) = (cells.next().unwrap(), cells.next().unwrap());
        let mut recipe = Self::of(kind);
        let count: usize = recipe.files.iter().map(|file| file.matches(from).count()).sum();
        assert_eq!(count, 1, "{from} in the configuration of {kind:?}");
        for file in &mut recipe.files {
            *file = file.replace(from, to);
        }
        if kind == Kind::Envoy { recipe.without_lines_with("trusted_ca") } else { recipe }
    }

    pub(crate) fn without_lines_with(mut self, text: &str) -> Self {
        let before = self.files.concat().lines().count();
        for file in &mut self.files {
            *file =
                file.lines().filter(|line| !line.contains(text)).map(|line| format!("{line}\n")).collect();
        }
        assert_ne!(self.files.concat().lines().count(), before, "no line has {text}");
        self
    }

    /// The files with the places of a test. Each text on the left must be on the page.
    pub(crate) fn fill(&self, kind: Kind, folder: &Path, port: u16, api: SocketAddr) -> Vec<String> {
        let (api_port, upstream) = (format!("port_value: {}", api.port()), api.to_string());
        let folder = format!("{}/", folder.display());
        let (listen, listening) = match kind {
            Kind::Nginx => ("listen 443 ssl", format!("listen 127.0.0.1:{port} ssl")),
            Kind::Caddy => ("api.example.com {", format!("api.example.com:{port} {{")),
            Kind::Haproxy => ("bind :443 ssl", format!("bind 127.0.0.1:{port} ssl")),
            Kind::Traefik => ("\":443\"", format!("\"127.0.0.1:{port}\"")),
            Kind::Envoy => {
                ("address: 0.0.0.0, port_value: 443", format!("address: 127.0.0.1, port_value: {port}"))
            }
        };
        let api = match kind {
            Kind::Envoy => ("port_value: 8080", api_port),
            _ => ("127.0.0.1:8080", upstream),
        };
        let mut files = self.files.clone();
        for (from, to) in [(listen, listening), api, ("/etc/proxy/", folder)] {
            assert!(files.iter().any(|file| file.contains(from)), "{from} in the configuration of {kind:?}");
            files = files.iter().map(|file| file.replace(from, &to)).collect();
        }
        files
    }
}

fn section(heading: &str) -> &'static str {
    let heading = format!("\n### {heading}\n");
    let (_, section) = PAGE.split_once(&heading).unwrap_or_else(|| panic!("no heading {heading}"));
    section.split("\n### ").next().unwrap().split("\n## ").next().unwrap()
}
