//! What the token is held against: an engine set up as an API's would be, as far as the command line tells.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bearward_core::check::CheckedRequirement;
use bearward_core::engine::IssuerResolution;
use bearward_core::requirement::ExpectedOrganization;
use bearward_core::token::Algorithm;
use bearward_core::trust::provider::ProviderFacts;
use bearward_core::trust::{AudienceSubstitute, Introspection, Profile};
use bearward_core::{Engine, EngineConfig, IssuerConfig, Provider, Requirement};

use super::token::PresentedToken;
use super::{Options, named_provider, substitute};
use crate::usage::{UsageError, complaint};

/// What the token is expected to be.
pub(crate) struct Expectation {
    issuers: Vec<String>,
    keys: Keys,
    provider: Option<&'static ProviderFacts>,
    /// Says issuers and audiences by itself.
    preset: Option<Provider>,
    audiences: Vec<String>,
    substitute: Option<AudienceSubstitute>,
    algorithms: Vec<Algorithm>,
    clock_tolerance: Option<Duration>,
    profile: Profile,
    introspection: Option<Introspection>,
    required: Option<Requirement>,
    requirement: Option<CheckedRequirement>,
    /// Whether this is an API that runs, and not what the command line tells of one.
    of_api: bool,
}

/// By which keys.
enum Keys {
    /// Those that each issuer publishes in its metadata, or where its provider is known to have them.
    Published,
    MetadataUrl(String),
    JwksUri(String),
    /// The text of a file.
    Given(String),
}

impl Expectation {
    pub(super) fn new(options: &Options) -> Result<Self, UsageError> {
        let keys = match (&options.jwks, &options.jwks_uri, &options.metadata_url) {
            (Some(file), ..) => Keys::Given(read(file)?),
            (_, Some(url), _) => Keys::JwksUri(url.clone()),
            (.., Some(url)) => Keys::MetadataUrl(url.clone()),
            _ => Keys::Published,
        };
        let choice = options.provider.as_deref().map(named_provider::parse).transpose()?;
        let (provider, preset) = choice.map_or((None, None), |choice| (Some(choice.facts), choice.preset));
        if preset.is_some() && !(options.issuer.is_empty() && options.audience.is_empty()) {
            return Err(UsageError::new(
                "--provider with its values says issuer and audience: leave out --issuer and --audience",
            ));
        }
        let presets = preset.as_ref().map(Provider::issuers).transpose();
        let presets =
            presets.map_err(|error| UsageError::new(format!("--provider: {error}")))?.unwrap_or_default();
        let mut issuers = options.issuer.clone();
        issuers.extend(presets.iter().map(|issuer| issuer.identifier().to_owned()));
        let mut audiences = options.audience.clone();
        audiences.extend(presets.iter().flat_map(IssuerConfig::audiences).cloned());
        let names_keys = !matches!(keys, Keys::Published);
        if names_keys && issuers.len() > 1 {
            return Err(UsageError::new(
                "--jwks, --jwks-uri and --metadata-url say where one issuer's keys are: name one --issuer beside them",
            ));
        }
        let has_trust = names_keys || !issuers.is_empty();
        let substitute = substitute::parse(&options.tokens_without_audience)?;
        if preset.is_none()
            && !issuers.is_empty()
            && !names_keys
            && options.audience.is_empty()
            && substitute.is_none()
        {
            return Err(UsageError::new(
                "--issuer needs --audience beside it: the audience that its tokens for the API carry; for tokens without \
                 one, --tokens-without-audience",
            ));
        }
        if !has_trust && !options.audience.is_empty() {
            return Err(UsageError::new("--audience needs --issuer or --jwks beside it"));
        }
        let required = required(&options.scope, options.requirement.clone())?;
        let requirement = required.clone().map(Requirement::check).transpose();
        Ok(Self {
            issuers,
            keys,
            provider,
            preset,
            audiences,
            substitute,
            algorithms: options.algorithm.clone(),
            clock_tolerance: options.clock_tolerance.map(Duration::from_secs),
            profile: options.profile.into(),
            introspection: options.introspection.introspection()?,
            required,
            requirement: requirement
                .map_err(|error| UsageError::new(format!("--scope or --requirement: {error}")))?,
            of_api: false,
        })
    }

    /// What a running API with one issuer and one audience accepts at one of its routes. Its own engine decides.
    pub(crate) fn of_api(
        issuer: &str,
        audience: &str,
        introspection: Option<Introspection>,
        required: Option<Requirement>,
    ) -> Result<Self, UsageError> {
        let requirement = required.clone().map(Requirement::check).transpose();
        Ok(Self {
            issuers: vec![issuer.to_owned()],
            keys: Keys::Published,
            provider: None,
            preset: None,
            audiences: vec![audience.to_owned()],
            substitute: None,
            algorithms: Vec::new(),
            clock_tolerance: None,
            profile: Profile::default(),
            introspection,
            required,
            requirement: requirement.map_err(|error| UsageError::new(error.to_string()))?,
            of_api: true,
        })
    }

    /// Whether this is an API that runs: flags of the command line are then of no use to the reader.
    pub(super) fn is_of_api(&self) -> bool {
        self.of_api
    }

    /// Whether no issuer was named: explain then says what it can without keys.
    pub(super) fn trusts_nobody(&self) -> bool {
        self.issuers.is_empty() && matches!(self.keys, Keys::Published)
    }

    /// The issuers named on the command line.
    pub(super) fn issuers(&self) -> &[String] {
        &self.issuers
    }

    /// Whether an issuer was named by itself, and not by a preset.
    pub(super) fn names_issuer(&self) -> bool {
        self.preset.is_none() && !self.issuers.is_empty()
    }

    /// The provider named on the command line.
    pub(super) fn provider(&self) -> Option<&'static ProviderFacts> {
        self.provider
    }

    pub(super) fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// Whether a client can take the place of the audience.
    pub(super) fn takes_substitutes(&self) -> bool {
        self.substitute.is_some() || (self.preset.is_some() && self.audiences.is_empty())
    }

    pub(super) fn profile(&self) -> Profile {
        self.profile
    }

    /// Whether an issuer is asked about opaque tokens.
    pub(super) fn introspects(&self) -> bool {
        self.introspection.is_some()
    }

    /// What the route requires, as it was named.
    pub(super) fn required(&self) -> Option<&Requirement> {
        self.required.as_ref()
    }

    pub(crate) fn requirement(&self) -> Option<&CheckedRequirement> {
        self.requirement.as_ref()
    }

    /// The engine that decides.
    pub(super) fn engine(&self, presented: &PresentedToken) -> Result<Engine, UsageError> {
        let mut config = EngineConfig::new().profile(self.profile);
        if let Some(preset) = &self.preset {
            if let Some(header) =
                preset.token_header().map_err(|error| UsageError::new(complaint(&error.into())))?
            {
                config = config.token_place(header);
            }
        } else if self.audiences.is_empty() && self.substitute.is_none() {
            config = config.dangerous().allow_any_audience();
        } else {
            config = self.audiences.iter().fold(config, EngineConfig::audience);
        }
        if let Some(tolerance) = self.clock_tolerance {
            config = config.clock_tolerance(tolerance);
        }
        if self.trusts_nobody() {
            // An engine that waits to hear who the issuer is, and never does: it accepts nothing.
            config = config.issuer_resolution(IssuerResolution::On);
        }
        let mut introspection = self.introspection.clone();
        for issuer in self.trusted(presented)? {
            let issuer = self.with_keys(issuer);
            let issuer = match introspection.take() {
                // An opaque token does not say whose it is, so one issuer can be asked: the first.
                Some(introspection) => issuer.introspection(introspection),
                None => issuer,
            };
            let algorithms = self.algorithms.iter().copied();
            config = config.issuer(if self.algorithms.is_empty() {
                issuer
            } else {
                issuer.algorithms(algorithms)
            });
        }
        config.build().map_err(|error| UsageError::new(complaint(&error)))
    }

    /// The issuers whose tokens are accepted; where keys alone were named, the one that the token names.
    fn trusted(&self, presented: &PresentedToken) -> Result<Vec<IssuerConfig>, UsageError> {
        if let Some(preset) = &self.preset {
            return preset.issuers().map_err(|error| UsageError::new(complaint(&error.into())));
        }
        let issuers = self.trusted_names(presented).into_iter().map(|issuer| {
            let config = match self.provider {
                Some(facts) => facts.issuer(&issuer),
                None => IssuerConfig::new(issuer),
            };
            match &self.substitute {
                Some(substitute) => config.tokens_without_audience(substitute.clone()),
                None => config,
            }
        });
        Ok(issuers.collect())
    }

    fn trusted_names(&self, presented: &PresentedToken) -> Vec<String> {
        if !self.issuers.is_empty() || self.trusts_nobody() {
            return self.issuers.clone();
        }
        let named = presented.unverified().and_then(|token| token.unverified_issuer().map(str::to_owned));
        // A token without an issuer is refused whatever the name is.
        vec![named.filter(|issuer| !issuer.is_empty()).unwrap_or_else(|| "unnamed".to_owned())]
    }

    fn with_keys(&self, config: IssuerConfig) -> IssuerConfig {
        match &self.keys {
            Keys::Given(keys) if keys.trim_start().starts_with("-----BEGIN") => config.public_key_pem(keys),
            Keys::Given(keys) => config.static_keys(keys),
            Keys::JwksUri(url) => config.jwks_uri(url),
            Keys::MetadataUrl(url) => config.metadata_url(url),
            Keys::Published => config,
        }
    }
}

fn required(scopes: &[String], requirement: Option<Requirement>) -> Result<Option<Requirement>, UsageError> {
    let scopes: Vec<_> = scopes.iter().flat_map(|scopes| scopes.split_whitespace()).collect();
    let scopes = (!scopes.is_empty()).then(|| bearward_core::requirement::all_scopes(scopes));
    if requirement.as_ref().is_some_and(reads_the_request) {
        return Err(UsageError::new(
            "--requirement: explain knows no request to read the organization from; name it: \
             {\"organization\":{\"is\":\"org_1\"}}",
        ));
    }
    Ok(match (scopes, requirement) {
        (Some(scopes), Some(requirement)) => Some(scopes.and(requirement)),
        (scopes, requirement) => scopes.or(requirement),
    })
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
