//! What the token is held against: an engine set up as an API's would be, as far as the command line tells.

use std::fs;
use std::path::Path;

use bearward_core::requirement::ExpectedOrganization;
use bearward_core::{CheckedRequirement, Engine, EngineConfig, IssuerConfig, IssuerResolution, Requirement};

use super::Options;
use super::token::PresentedToken;
use crate::command::{UsageError, complaint};

/// What the token is expected to be.
pub(super) struct Expectation {
    trust: Trust,
    audiences: Vec<String>,
    requirement: Option<CheckedRequirement>,
}

/// Whose tokens, and by which keys.
pub(super) enum Trust {
    /// Nobody's: what can be said without keys is said.
    Nobody,
    /// This issuer's, by the keys it publishes.
    Issuer(String),
    /// This issuer's, by these keys; without an issuer, that of whoever the token names.
    Keys { issuer: Option<String>, keys: String },
}

impl Expectation {
    pub(super) fn new(options: &Options) -> Result<Self, UsageError> {
        let trust = match (&options.issuer, &options.jwks) {
            (issuer, Some(file)) => Trust::Keys { issuer: issuer.clone(), keys: read(file)? },
            (Some(issuer), None) => Trust::Issuer(issuer.clone()),
            (None, None) => Trust::Nobody,
        };
        match trust {
            Trust::Issuer(_) if options.audience.is_empty() => Err(UsageError::new(
                "--issuer needs --audience beside it: the audience that its tokens for the API carry",
            )),
            Trust::Nobody if !options.audience.is_empty() => {
                Err(UsageError::new("--audience needs --issuer or --jwks beside it"))
            }
            trust => Ok(Self {
                trust,
                audiences: options.audience.clone(),
                requirement: requirement(&options.scope, options.requirement.clone())?,
            }),
        }
    }

    pub(super) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The issuer named on the command line.
    pub(super) fn issuer(&self) -> Option<&str> {
        match &self.trust {
            Trust::Nobody => None,
            Trust::Issuer(issuer) => Some(issuer),
            Trust::Keys { issuer, .. } => issuer.as_deref(),
        }
    }

    pub(super) fn audiences(&self) -> &[String] {
        &self.audiences
    }

    pub(super) fn requirement(&self) -> Option<&CheckedRequirement> {
        self.requirement.as_ref()
    }

    /// The engine that decides.
    pub(super) fn engine(&self, presented: &PresentedToken) -> Result<Engine, UsageError> {
        let mut config = EngineConfig::new();
        for audience in &self.audiences {
            config = config.audience(audience);
        }
        if self.audiences.is_empty() {
            config = config.dangerous().allow_any_audience();
        }
        let config = match &self.trust {
            // An engine that waits to hear who the issuer is, and never does: it accepts nothing.
            Trust::Nobody => config.issuer_resolution(IssuerResolution::On),
            Trust::Issuer(issuer) => config.issuer(issuer.as_str()),
            Trust::Keys { issuer, keys } => {
                let named =
                    presented.unverified().and_then(|token| token.unverified_issuer().map(str::to_owned));
                // A token without an issuer is refused whatever the name is.
                let issuer = issuer.clone().or(named).filter(|issuer| !issuer.is_empty());
                config.issuer(with_keys(issuer.unwrap_or_else(|| "unnamed".to_owned()), keys))
            }
        };
        config.build().map_err(|error| UsageError::new(complaint(&error)))
    }
}

fn with_keys(issuer: String, keys: &str) -> IssuerConfig {
    let issuer = IssuerConfig::new(issuer);
    if keys.trim_start().starts_with("-----BEGIN") {
        issuer.public_key_pem(keys)
    } else {
        issuer.static_keys(keys)
    }
}

fn requirement(
    scopes: &[String],
    requirement: Option<Requirement>,
) -> Result<Option<CheckedRequirement>, UsageError> {
    let scopes: Vec<_> = scopes.iter().flat_map(|scopes| scopes.split_whitespace()).collect();
    let scopes = (!scopes.is_empty()).then(|| bearward_core::requirement::all_scopes(scopes));
    if requirement.as_ref().is_some_and(reads_the_request) {
        return Err(UsageError::new(
            "--requirement: explain knows no request to read the organization from; name it: \
             {\"organization\":{\"is\":\"org_1\"}}",
        ));
    }
    let both = match (scopes, requirement) {
        (Some(scopes), Some(requirement)) => Some(scopes.and(requirement)),
        (scopes, requirement) => scopes.or(requirement),
    };
    let checked = both.map(Requirement::check).transpose();
    checked.map_err(|error| UsageError::new(format!("--scope or --requirement: {error}")))
}

fn reads_the_request(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::Organization(organization) => {
            !matches!(organization.expected, ExpectedOrganization::Is(_) | ExpectedOrganization::Any(_))
        }
        Requirement::And(parts) | Requirement::Or(parts) => parts.iter().any(reads_the_request),
        Requirement::Not(part) => reads_the_request(part),
        _ => false,
    }
}

fn read(file: &Path) -> Result<String, UsageError> {
    let read = fs::read_to_string(file);
    read.map_err(|error| UsageError::new(format!("--jwks: cannot read {}: {error}", file.display())))
}
