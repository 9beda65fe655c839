//! Servers of other Node.js frameworks, in the directory `frameworks` beside `src`: each unprotected, with Bearward, and
//! with what its users have today.

use std::ffi::OsString;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::http::{Door, Protocol, Subject, Throughput, World, measure_in_turns};
use crate::packages;
use crate::pin::Cores;
use crate::plan::Plan;
use crate::progress::say;
use crate::token::Algorithm;

const SERVERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/frameworks");

/// The packages whose versions matter to a reader.
const PACKAGES: [&str; 14] = [
    "bearward",
    "fastify",
    "@fastify/jwt",
    "get-jwks",
    "koa",
    "koa-jwt",
    "@hapi/hapi",
    "hapi-auth-jwt2",
    "jwks-rsa",
    "@nestjs/core",
    "passport-jwt",
    "hono",
    "@hono/node-server",
    "jose",
];

/// A framework, by the names that its rows have. `file` is that of its server.
pub(crate) struct Framework {
    file: &'static str,
    unprotected: &'static str,
    /// The least that any protection costs: a hook that does nothing.
    empty: &'static str,
    pub(crate) bearward: &'static str,
    incumbent: &'static str,
}

pub(crate) const FRAMEWORKS: [Framework; 5] = [
    Framework {
        file: "fastify",
        unprotected: "Fastify 5, unprotected",
        empty: "Fastify 5 + empty hook",
        bearward: "Fastify 5, Bearward",
        incumbent: "Fastify 5, @fastify/jwt and get-jwks",
    },
    Framework {
        file: "koa",
        unprotected: "Koa 3, unprotected",
        empty: "Koa 3 + empty middleware",
        bearward: "Koa 3, Bearward",
        incumbent: "Koa 3, koa-jwt and jwks-rsa",
    },
    Framework {
        file: "hapi",
        unprotected: "hapi 21, unprotected",
        empty: "hapi 21 + empty scheme",
        bearward: "hapi 21, Bearward",
        incumbent: "hapi 21, hapi-auth-jwt2 and jwks-rsa",
    },
    Framework {
        file: "nest",
        unprotected: "NestJS 11 on Express 5, unprotected",
        empty: "NestJS 11 + empty guard",
        bearward: "NestJS 11, Bearward",
        incumbent: "NestJS 11, passport-jwt and jwks-rsa",
    },
    Framework {
        file: "hono",
        unprotected: "Hono 4 on Node.js, unprotected",
        empty: "Hono 4 + empty middleware",
        bearward: "Hono 4, Bearward",
        incumbent: "Hono 4, jose by hand",
    },
];

/// Everything measured of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    /// Node.js and the packages that took part.
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) throughput: Throughput,
}

/// Installs the servers if need be, and measures them with RS256 tokens.
pub(crate) fn run(plan: &Plan, cores: Cores) -> Result<Results> {
    packages::install(SERVERS)?;
    let versions = packages::versions(SERVERS, &PACKAGES)?;
    say(format_args!("frameworks: signing {} RS256 tokens", plan.express_tokens));
    let world = World::new(Algorithm::RS256, plan.express_tokens, plan.express_warmup_tokens, cores.load)?;
    let subjects: Vec<Subject> = FRAMEWORKS.iter().flat_map(subjects).collect();
    let throughput = measure_in_turns(plan.express, plan.http_connections, cores, &world, &subjects)?;
    Ok(Results { versions, throughput })
}

fn subjects(framework: &Framework) -> [Subject; 4] {
    let Framework { file, unprotected, empty, bearward, incumbent } = *framework;
    [
        (unprotected, "none", Door::Open),
        (empty, "empty", Door::Open),
        (bearward, "bearward", Door::Guarded),
        (incumbent, "incumbent", Door::Guarded),
    ]
    .map(|(name, protection, door)| {
        let program = format!("{SERVERS}/server.mjs");
        let words = ["node", &program, file, protection, "--port", "{port}"];
        let words = words.into_iter().chain(["--issuer", "{issuer}", "--audience", "{audience}"]);
        let command = words.map(OsString::from).collect();
        Subject { name, baseline: unprotected, door, protocol: Protocol::Http1, command, stall: None }
    })
}
