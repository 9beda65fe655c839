//! The members of a preset's settings, and what each may be.
//!
//! A member that becomes a part of a URL has only characters that cannot end that part: no slash, query, fragment,
//! port or credentials, unless its form says so. What is checked here can therefore not lead to another host or path.

use serde::Serialize;

use crate::trust::issuer::is_uuid;
use crate::trust::url::{HttpPolicy, check_url};

/// One member of a preset's settings, such as `region` of `cognito`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Its name, in `snake_case`.
    pub name: &'static str,
    /// Whether it can be left out.
    pub(in crate::trust::provider) need: Need,
    /// How many values it takes.
    pub(in crate::trust::provider) takes: Takes,
    /// What each value may be.
    #[serde(skip)]
    pub(in crate::trust::provider) form: MemberForm,
    /// What it is.
    pub what: &'static str,
    /// Where it is found at the provider.
    pub found: &'static str,
    /// A value that it may have.
    pub example: &'static str,
}

/// Whether a member can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Need {
    /// It must be there.
    Required,
    /// It can be left out.
    Optional,
}

/// How many values a member takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Takes {
    /// One text.
    One,
    /// A text, or a list of texts.
    Several,
    /// `true` or `false`.
    Flag,
}

/// What a text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberForm {
    /// Any text without control characters.
    Text,
    /// One label of a host name.
    Label,
    /// A host name.
    Domain,
    /// A host name, and a port if the server has one of its own.
    Host,
    /// A URL without query, fragment and credentials; paths are added to it.
    BaseUrl,
    /// A URL without query, fragment and credentials, taken as it is.
    IssuerUrl,
    /// One segment of a path.
    Segment,
    /// A repository with its owner, `acme/api`.
    Repository,
    /// The address of a mailbox.
    Email,
    /// A GUID.
    Guid,
    /// The id of a tenant of Entra ID.
    Tenant,
    /// The region of a cloud.
    Region,
    /// The id of a user pool of Cognito.
    Pool,
    /// The origin of a web page: scheme, host and port.
    Origin,
    /// The audience of Google IAP.
    IapAudience,
    /// A JWK Set in JSON.
    Jwks,
    /// A shared secret.
    Secret,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// Longer values are a mistake.
const MOST_BYTES: usize = 512;

const LABEL: &str = "must be one label of a host name: lower-case letters, digits and hyphens, without dots";
const DOMAIN: &str = "must be a host name in lower case, without https://, port, path and slash";
const HOST: &str =
    "must be a host name in lower case, with a port if there is one, without https:// and path";
const BASE: &str =
    "must be an https URL (http on this machine) without query, fragment, credentials and dot segments";
const ISSUER: &str = "must be the https URL that tokens have as iss, to the last slash, without query, fragment and credentials";

impl Member {
    /// What is wrong with a value of this member.
    pub(super) fn problem_of(&self, value: &str) -> Option<&'static str> {
        let is_long = value.len() > MOST_BYTES && !matches!(self.form, MemberForm::Jwks);
        if value.is_empty() {
            return Some("must not be empty");
        }
        if is_long {
            return Some("must have at most 512 bytes");
        }
        self.form.problem_of(value)
    }
}

impl MemberForm {
    fn problem_of(self, value: &str) -> Option<&'static str> {
        let unless = |holds: bool, rule: &'static str| (!holds).then_some(rule);
        match self {
            Self::Text => unless(
                !value.contains(char::is_control) && value.trim() == value,
                "must have no control characters and no space at its ends",
            ),
            Self::Label => unless(is_label(value), LABEL),
            Self::Domain => unless(is_domain(value), DOMAIN),
            Self::Host => unless(is_host(value), HOST),
            Self::BaseUrl => unless(url_path(value).is_some_and(|path| !path.ends_with('/')), BASE),
            Self::IssuerUrl => unless(url_path(value).is_some(), ISSUER),
            Self::Segment => unless(
                is_segment(value),
                "must have only letters, digits and - . _ ~, and must not be . or ..",
            ),
            Self::Repository => unless(
                value.split('/').count() == 2 && value.split('/').all(is_segment),
                "must be the owner and the name, such as acme/deployments",
            ),
            Self::Email => unless(
                value.split_once('@').is_some_and(|(name, domain)| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic()) && is_domain(domain)
                }),
                "must be the address of a mailbox",
            ),
            Self::Guid => unless(is_guid(value), "must be a GUID in lower case, without api:// before it"),
            Self::Tenant => tenant_problem(value),
            Self::Region => unless(is_region(value), "must be a region, such as eu-west-1"),
            Self::Pool => unless(
                value.split_once('_').is_some_and(|(region, id)| {
                    is_region(region) && id.chars().all(|c| c.is_ascii_alphanumeric()) && !id.is_empty()
                }),
                "must be the pool's id, which begins with its region: not its name and not its ARN",
            ),
            Self::Origin => unless(
                is_origin(value),
                "must be the origin of a web page as browsers write it: https:// and a host, in lower case, without a slash \
                 at the end",
            ),
            Self::IapAudience => unless(
                value.strip_prefix("/projects/").is_some_and(is_iap_resource),
                "must begin with /projects/<project number>/, as Google Cloud shows it",
            ),
            Self::Jwks => unless(value.trim_start().starts_with('{'), "must be a JWK Set in JSON"),
            Self::Secret => None,
            Self::OneOf(words) => {
                unless(words.contains(&value), "is not one of the words that are possible here")
            }
        }
    }
}

fn is_label(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(is_allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A name with at least one dot: a single label is a machine of somebody's own network.
fn is_domain(text: &str) -> bool {
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label) && !is_number(text)
}

/// Whether the last label is a number: then URL parsers take the whole for an IPv4 address.
fn is_number(text: &str) -> bool {
    text.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()))
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (text, None),
    };
    let is_port = |port: &str| {
        !port.starts_with('0')
            && port.chars().all(|c| c.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port != 443)
    };
    name.len() <= 253 && name.split('.').all(is_label) && port.is_none_or(is_port)
}

/// The path of an `https` URL, or of an `http` URL to this machine, of which every part can be believed.
fn url_path(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_here = |host: &str| {
        let name = host.split_once(':').map_or(host, |(name, _)| name);
        host.starts_with("[::1]") || name == "localhost" || name == "127.0.0.1"
    };
    let is_known = match scheme {
        "https" => is_host(host) || is_here(host),
        "http" => is_here(host),
        _ => false,
    };
    let is_plain = |segment: &str| segment.is_empty() || is_segment(segment);
    let mut segments = path.split('/').skip(1).peekable();
    let mut is_path = true;
    while let Some(segment) = segments.next() {
        // An empty segment is only the last slash.
        is_path &= is_plain(segment) && (!segment.is_empty() || segments.peek().is_none());
    }
    // The general check knows brackets and ports.
    let is_url = check_url(url, HttpPolicy::LoopbackOnly).is_ok();
    (is_known && is_path && is_url).then_some(path)
}

fn is_segment(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    text.chars().all(is_allowed) && !text.is_empty() && text != "." && text != ".."
}

fn is_guid(text: &str) -> bool {
    is_uuid(text) && !text.contains(|c: char| c.is_ascii_uppercase())
}

fn tenant_problem(text: &str) -> Option<&'static str> {
    if ["common", "organizations", "consumers"].iter().any(|any| text.eq_ignore_ascii_case(any)) {
        return Some(
            "must not be common, organizations or consumers: anybody can make a tenant, and the users of all of them \
             would come in; list the ids of the tenants whose users may",
        );
    }
    (!is_guid(text))
        .then_some("must be the tenant's id, a GUID in lower case, which tokens have as tid: not its domain")
}

fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let letters = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let number = parts.next_back().is_some_and(|last| matches!(last.as_bytes(), [b'1'..=b'9']));
    is_label(text) && number && parts.clone().count() >= 2 && parts.all(letters)
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    match scheme {
        "http" | "https" => is_host(host) && !(scheme == "http" && host.ends_with(":80")),
        // Extensions and applications have origins, too.
        _ => {
            scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c))
                && scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && is_segment(host)
        }
    }
}

/// What follows `/projects/`: a number, and what the number's project has behind IAP.
fn is_iap_resource(text: &str) -> bool {
    let mut segments = text.split('/');
    let number = segments.next().unwrap_or_default();
    let mut rest = segments.peekable();
    !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
        && rest.peek().is_some()
        && rest.all(|segment| !segment.is_empty() && segment.chars().all(|c| c.is_ascii_graphic()))
}
