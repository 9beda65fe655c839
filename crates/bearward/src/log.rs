//! What the log hears of decisions and fetches. Nothing here ever sees a token.
//!
//! 1. A request writes at most one line at level INFO or above; what else is known about its refusal is in that line.
//!    What several requests share, such as a fetch, writes a line that is not a request's.
//! 2. Lines of one kind are limited ([`LineLimit`]), at level INFO and above. Accepted requests are logged at DEBUG,
//!    one line each: an operator who turns that level on wants to see every one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bearward_core::answer::{Rejection, Unavailable};
use bearward_core::check::{ClaimsError, ProofError};
use bearward_core::engine::Source;
use bearward_core::trust::{
    FetchError, FetchOutcome, IntrospectionError, Issuer, IssuerError, NearMiss, SkippedKey,
};
use bearward_core::{AccessToken, Credential, Engine, Failure, Now};
use tracing::Level;

use crate::fetch::Failed;
use crate::line_limit::{Kind, LeftOut, LineLimit};
use crate::measures;
use crate::operator_call::Trouble;

/// The sender of the token chooses the `kid`; this much of one is enough to recognize it.
const MOST_KID_CHARACTERS: usize = 64;

/// The log of one resource server.
#[derive(Debug)]
pub(crate) struct Log {
    lines: LineLimit,
    /// The keys for another purpose that were logged last, by the place of their issuer.
    told: Mutex<Vec<(Option<usize>, String)>>,
}

/// What was known of a request when it was decided about.
#[derive(Clone, Copy)]
pub(crate) struct Context<'d> {
    pub(crate) engine: &'d Engine,
    pub(crate) credential: &'d Credential<'d>,
    pub(crate) source: Source,
    /// What went wrong on the way, if something did.
    pub(crate) trouble: Option<&'d Trouble>,
}

/// `tracing` wants the level of an event to be a constant.
macro_rules! line {
    ($level:expr, $($line:tt)+) => {
        match $level {
            Level::ERROR => tracing::error!(target: "bearward", $($line)+),
            Level::WARN => tracing::warn!(target: "bearward", $($line)+),
            _ => tracing::info!(target: "bearward", $($line)+),
        }
    };
}

impl Log {
    pub(crate) const fn new() -> Self {
        Self { lines: LineLimit::new(), told: Mutex::new(Vec::new()) }
    }

    pub(crate) fn decision(
        &self,
        result: &Result<AccessToken, bearward_core::Refusal>,
        context: Context<'_>,
        now: Now,
    ) {
        match result {
            Ok(token) => tracing::debug!(
                target: "bearward",
                code = "accepted", issuer = token.issuer(), kid = ?token.kid(),
                cached = context.source == Source::Cache,
                "access token accepted"
            ),
            Err(refusal) => self.refusal(refusal, context, now),
        }
    }

    fn refusal(&self, refused: &bearward_core::Refusal, context: Context<'_>, now: Now) {
        let Context { engine, credential, source, trouble } = context;
        let failure = refused.failure();
        let Some((level, left_out)) = self.admit_refusal(failure, trouble, now.uptime()) else { return };
        let hint = Hint::about(refused, engine, credential);
        let level = if matches!(hint, Hint::NearMiss(_)) { level.min(Level::WARN) } else { level };
        let refusal = Refusal { failure, trouble, hint, left_out };
        refusal.write(level, Some(refused), source == Source::Cache);
    }

    /// Logs the refusal of a token that was let in: by a requirement or an extractor further in.
    pub(crate) fn refused_token(&self, refused: &bearward_core::Refusal, uptime: Duration) {
        let failure = refused.failure();
        if let Some((level, left_out)) = self.admit_refusal(failure, None, uptime) {
            let refusal = Refusal { failure, trouble: None, hint: Hint::None, left_out };
            refusal.write(level, Some(refused), false);
        }
    }

    /// Logs a failure that has no token to speak of, such as a missing or malformed credential.
    pub(crate) fn failure(&self, failure: &Failure, trouble: Option<&Trouble>, uptime: Duration) {
        if let Some((level, left_out)) = self.admit_refusal(failure, trouble, uptime) {
            Refusal { failure, trouble, hint: Hint::None, left_out }.write(level, None, false);
        }
    }

    fn admit_refusal(
        &self,
        failure: &Failure,
        trouble: Option<&Trouble>,
        uptime: Duration,
    ) -> Option<(Level, LeftOut)> {
        let level = match failure {
            Failure::Misconfigured(_) => Level::ERROR,
            _ if trouble.is_some_and(|trouble| trouble.why.is_a_mistake()) => Level::ERROR,
            Failure::Unavailable(_) => Level::WARN,
            _ => Level::INFO,
        };
        // A near miss is a warning. Whether this is one, a look at the settings tells, once the line is admitted.
        let may_be_near_miss = matches!(
            failure,
            Failure::Rejected(
                Rejection::Issuer(IssuerError::Unknown) | Rejection::Claims(ClaimsError::AudienceMismatch)
            )
        );
        let highest = if may_be_near_miss { level.min(Level::WARN) } else { level };
        let why = reason(failure, trouble).unwrap_or_default();
        let left_out = self.admit(highest, Kind::of(failure.code(), why), uptime)?;
        Some((level, left_out))
    }

    /// Logs a fetch of metadata and keys.
    pub(crate) fn fetched(
        &self,
        engine: &Engine,
        issuer: &Arc<Issuer>,
        result: &Result<FetchOutcome, Failed>,
        now: Now,
    ) {
        let place = place_of(engine, issuer);
        let admit = |level, code, why| self.admit(level, Kind { code, why, issuer: place }, now.uptime());
        let issuer = issuer.identifier();
        match result {
            Ok(FetchOutcome::Loaded { keys, skipped }) => {
                let code = "key_set_loaded";
                if let Some(left_out) = admit(Level::INFO, code, "") {
                    tracing::info!(
                        target: "bearward",
                        code, issuer, keys, skipped = skipped.len(), left_out = left_out.field(),
                        "key set loaded{left_out}"
                    );
                }
                if let Some(unusable) = result.as_ref().ok().and_then(FetchOutcome::unusable_keys) {
                    let code = "no_usable_key";
                    if let Some(left_out) = admit(Level::WARN, code, "") {
                        tracing::warn!(
                            target: "bearward",
                            code, issuer, left_out = left_out.field(), "{unusable}{left_out}"
                        );
                    }
                    return;
                }
                let (of_no_use_here, broken): (Vec<_>, Vec<_>) =
                    skipped.iter().cloned().partition(|key| key.why.is_for_another_purpose());
                let code = "keys_not_used";
                if !broken.is_empty()
                    && let Some(left_out) = admit(Level::WARN, code, "")
                {
                    tracing::warn!(
                        target: "bearward",
                        code, issuer, left_out = left_out.field(),
                        "keys of the set not used: {}{left_out}", SkippedKey::list(&broken)
                    );
                }
                if self.is_news(place, &of_no_use_here) {
                    tracing::debug!(
                        target: "bearward",
                        code = "keys_for_another_purpose", issuer,
                        "keys of the set not used: {}", SkippedKey::list(&of_no_use_here)
                    );
                }
            }
            Ok(_) => {
                tracing::debug!(target: "bearward", code = "key_set_not_modified", issuer, "key set not modified")
            }
            Err(Failed { url, why, cause }) => {
                let (code, reason, url) = ("key_set_not_loaded", why.code(), url.as_str());
                if let Some(left_out) = admit(Level::WARN, code, reason) {
                    tracing::warn!(
                        target: "bearward",
                        code, reason, issuer, url, cause, left_out = left_out.field(),
                        "key set not loaded: {why}{left_out}"
                    );
                }
            }
        }
    }

    /// Logs a call of an introspection endpoint.
    pub(crate) fn introspected(
        &self,
        engine: &Engine,
        issuer: &Arc<Issuer>,
        result: &Result<FetchOutcome, Failed>,
        now: Now,
    ) {
        let Err(Failed { url, why, cause }) = result else {
            let issuer = issuer.identifier();
            tracing::debug!(target: "bearward", code = "introspected", issuer, "access token introspected");
            return;
        };
        let level = match why {
            // Nothing mends this but the operator.
            FetchError::Introspection(IntrospectionError::ClientRefused(_)) => Level::ERROR,
            _ => Level::WARN,
        };
        let (code, reason, place) = ("not_introspected", why.code(), place_of(engine, issuer));
        let kind = Kind { code, why: reason, issuer: place };
        if let Some(left_out) = self.admit(level, kind, now.uptime()) {
            let (issuer, url) = (issuer.identifier(), url.as_str());
            line!(
                level,
                code,
                reason,
                issuer,
                url,
                cause,
                left_out = left_out.field(),
                "access token not introspected: {why}{left_out}"
            );
        }
    }

    /// Logs that the introspection store was of no use: that costs a call of the server, and refuses nothing.
    pub(crate) fn introspection_store(&self, trouble: &Trouble, now: Now) {
        let level = if trouble.why.is_a_mistake() { Level::ERROR } else { Level::WARN };
        let (code, reason) = ("introspection_store_failed", trouble.why.code());
        if let Some(left_out) = self.admit(level, Kind::of(code, reason), now.uptime()) {
            line!(level, code, reason, left_out = left_out.field(), "answer not shared: {trouble}{left_out}");
        }
    }

    /// Whether these keys were not logged yet for the issuer at this place: most sets hold some of them for years.
    fn is_news(&self, place: Option<usize>, keys: &[SkippedKey]) -> bool {
        if keys.is_empty() || !tracing::enabled!(target: "bearward", Level::DEBUG) {
            return false;
        }
        // Each holder replaces a value whole, so a poisoned lock guards whole ones.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let text = SkippedKey::list(keys);
        match told.iter_mut().find(|(own, _)| *own == place) {
            Some((_, before)) if *before == text => false,
            Some((_, before)) => {
                *before = text;
                true
            }
            None => {
                told.push((place, text));
                true
            }
        }
    }

    fn admit(&self, level: Level, kind: Kind, uptime: Duration) -> Option<LeftOut> {
        // What the subscriber does not want is not counted as left out.
        if is_enabled(level) { self.lines.admit(kind, uptime) } else { None }
    }
}

/// Logs a failure where no resource server is at hand: a requirement on a route that no layer protects. Where one is,
/// [`ResourceServer::log_failure`](crate::ResourceServer::log_failure) logs by its clock.
pub fn failure(failure: &Failure) {
    measures::refused(failure.code());
    static LOG: Log = Log::new();
    static STARTED: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    LOG.failure(failure, None, STARTED.elapsed());
}

/// Everything that one line says of a refused request.
struct Refusal<'r> {
    failure: &'r Failure,
    trouble: Option<&'r Trouble>,
    hint: Hint<'r>,
    left_out: LeftOut,
}

impl Refusal<'_> {
    /// `refused` tells what was read of the token, where there is one.
    fn write(&self, level: Level, refused: Option<&bearward_core::Refusal>, cached: bool) {
        let Self { failure, trouble, left_out, .. } = self;
        let issuer = refused.and_then(bearward_core::Refusal::issuer).map(Issuer::identifier);
        let kid = refused.and_then(bearward_core::Refusal::unverified_kid);
        let kid: Option<String> = kid.map(|kid| kid.chars().take(MOST_KID_CHARACTERS).collect());
        let (code, stage) = (failure.code(), failure.stage());
        let (reason, left_out) = (reason(failure, *trouble), left_out.field());
        line!(level, code, stage, reason, issuer, kid = ?kid, cached, left_out, "{self}");
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failure, trouble, hint, left_out } = self;
        f.write_str(match failure {
            Failure::Unavailable(_) => "request not decided: ",
            Failure::Misconfigured(_) => "request refused: ",
            _ => "request rejected: ",
        })?;
        failure.fmt(f)?;
        if let Some(trouble) = trouble {
            write!(f, ": {trouble}")?;
        } else if let Failure::Unavailable(Unavailable::Introspection { why, .. }) = failure {
            // What went wrong is not for the client, so the failure's own text does not say it.
            write!(f, ": {why}")?;
        }
        write!(f, "{hint}{left_out}")
    }
}

/// What to look at, where a refusal looks like a mistake in the settings.
enum Hint<'h> {
    None,
    /// The commonest mistake of all: the issuer or the audience is configured without the slash that the tokens have, or with it.
    NearMiss(NearMiss<'h>),
    /// Behind a proxy that nothing is said about, no proof names the URL that the request seems to be for.
    Origin(Option<String>),
}

impl<'h> Hint<'h> {
    fn about(refused: &bearward_core::Refusal, engine: &'h Engine, credential: &Credential<'_>) -> Self {
        if let Some(near) = engine.near_miss(refused, credential.expose_token()) {
            return Self::NearMiss(near);
        }
        if *refused.failure() == Failure::from(ProofError::Url) {
            return Self::Origin(engine.target_url(credential).map(|url| url.to_string()));
        }
        Self::None
    }
}

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::NearMiss(near) => write!(f, "; {near}"),
            Self::Origin(url) => {
                let url = url.as_deref().unwrap_or("an unknown URL");
                write!(
                    f,
                    "; this request seems to be for {url}: behind a proxy, set public_origin, or trusted_proxies with \
                     the headers that the proxy sets"
                )
            }
        }
    }
}

/// What is known beyond the code of a failure.
fn reason(failure: &Failure, trouble: Option<&Trouble>) -> Option<&'static str> {
    match (trouble, failure) {
        (Some(trouble), _) => Some(trouble.why.code()),
        (None, Failure::Unavailable(Unavailable::Introspection { why, .. })) => Some(why.code()),
        (None, _) => None,
    }
}

/// The position of a configured issuer among those of the engine, which stay as they are; `None` for one that a
/// resolver named.
fn place_of(engine: &Engine, issuer: &Arc<Issuer>) -> Option<usize> {
    engine.issuers().position(|configured| Arc::ptr_eq(configured, issuer))
}

fn is_enabled(level: Level) -> bool {
    match level {
        Level::ERROR => tracing::enabled!(target: "bearward", Level::ERROR),
        Level::WARN => tracing::enabled!(target: "bearward", Level::WARN),
        _ => tracing::enabled!(target: "bearward", Level::INFO),
    }
}
