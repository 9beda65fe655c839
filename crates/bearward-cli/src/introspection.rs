//! How an issuer is asked about opaque tokens, as the command line says it.

use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use bearward_core::trust::{ClientAuthentication, IntrospectedTokens, Introspection, IntrospectionAnswers};

use crate::usage::{self, UsageError};

/// The variable that holds the secret unless another is named.
const SECRET_VARIABLE: &str = "CLIENT_SECRET";

/// The options of introspection (RFC 7662).
#[derive(Clone, Default, clap::Args)]
#[command(next_help_heading = "Asking the issuer about opaque tokens (introspection)")]
pub(crate) struct IntrospectionOptions {
    /// The API's client_id at the authorization server; turns introspection on
    #[arg(long, value_name = "ID", requires = "issuer", allow_hyphen_values = true)]
    client_id: Option<String>,
    /// The file with that client's secret
    #[arg(long, value_name = "FILE", requires = "client_id", conflicts_with_all = ["client_secret_env", "client_secret"])]
    client_secret_file: Option<PathBuf>,
    /// The environment variable with the secret; CLIENT_SECRET by default
    #[arg(long, value_name = "NAME", requires = "client_id", conflicts_with = "client_secret")]
    client_secret_env: Option<String>,
    /// The secret itself; other users of this machine can see it, so do not use a real secret
    #[arg(long, value_name = "SECRET", requires = "client_id", allow_hyphen_values = true)]
    client_secret: Option<String>,
    /// How the secret is sent
    #[arg(long, value_enum, default_value_t, requires = "client_id")]
    client_auth: ClientAuth,
    /// The URL of the introspection endpoint, if the issuer's metadata does not name it
    #[arg(long, value_name = "URL", requires = "client_id", value_parser = usage::url)]
    introspection_endpoint: Option<String>,
    /// Which tokens to ask about
    #[arg(long, value_name = "WHICH", value_enum, default_value_t, requires = "client_id")]
    introspect: Introspect,
    /// What to ask for
    #[arg(long, value_name = "KIND", value_enum, default_value_t, requires = "client_id")]
    introspection_answer: AnswerKind,
}

/// Without the secret.
impl fmt::Debug for IntrospectionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionOptions").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// How a client shows who it is (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ClientAuth {
    /// In the Authorization header (client_secret_basic)
    #[default]
    Basic,
    /// In the form (client_secret_post)
    Post,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Introspect {
    /// Opaque and encrypted tokens; a JWT is verified here
    #[default]
    Opaque,
    /// JWTs of the issuer too, instead of verifying them here
    Every,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum AnswerKind {
    /// JSON (RFC 7662)
    #[default]
    Json,
    /// A signed answer (RFC 9701)
    SignedJwt,
    /// The JWT behind the token (phantom token)
    PhantomJwt,
}

impl IntrospectionOptions {
    /// Whether the issuer is asked.
    pub(crate) fn is_on(&self) -> bool {
        self.client_id.is_some()
    }

    /// What is asked for, and as which client; `None` where introspection is off.
    pub(crate) fn introspection(&self) -> Result<Option<Introspection>, UsageError> {
        let Some(id) = &self.client_id else { return Ok(None) };
        let secret = self.secret()?;
        let client = match self.client_auth {
            ClientAuth::Basic => ClientAuthentication::secret_basic(id, secret),
            ClientAuth::Post => ClientAuthentication::secret_post(id, secret),
        };
        let tokens = match self.introspect {
            Introspect::Opaque => IntrospectedTokens::Opaque,
            Introspect::Every => IntrospectedTokens::Every,
        };
        let answers = match self.introspection_answer {
            AnswerKind::Json => IntrospectionAnswers::Json,
            AnswerKind::SignedJwt => IntrospectionAnswers::SignedJwt,
            AnswerKind::PhantomJwt => IntrospectionAnswers::PhantomJwt,
        };
        let introspection = Introspection::new(client).tokens(tokens).answers(answers);
        Ok(Some(match &self.introspection_endpoint {
            Some(url) => introspection.endpoint(url),
            None => introspection,
        }))
    }

    /// The flags that ask in the same way, each a word of a shell's command line that `word` makes. The secret is never
    /// among them.
    pub(crate) fn flags(&self, word: fn(&str) -> String) -> String {
        let Some(id) = &self.client_id else { return String::new() };
        let mut flags = format!(" --client-id={}", word(id));
        let mut add = |flag: &str, value: &str| {
            flags.push_str(&format!(" --{flag}={}", word(value)));
        };
        if let Some(file) = self.client_secret_file.as_deref().and_then(Path::to_str) {
            add("client-secret-file", file);
        }
        if let Some(variable) = &self.client_secret_env {
            add("client-secret-env", variable);
        }
        if let Some(url) = &self.introspection_endpoint {
            add("introspection-endpoint", url);
        }
        let chosen = [
            ("client-auth", name_of(self.client_auth)),
            ("introspect", name_of(self.introspect)),
            ("introspection-answer", name_of(self.introspection_answer)),
        ];
        chosen.into_iter().for_each(|(flag, value)| {
            if let Some(value) = value {
                add(flag, &value);
            }
        });
        flags
    }

    fn secret(&self) -> Result<String, UsageError> {
        if let Some(secret) = &self.client_secret {
            crate::warn(
                "a secret on the command line stays in the shell's history and shows in the list of processes; better \
                 name a file with --client-secret-file, or set CLIENT_SECRET",
            );
            return Ok(secret.clone());
        }
        if let Some(file) = &self.client_secret_file {
            return read(file);
        }
        let variable = self.client_secret_env.as_deref().unwrap_or(SECRET_VARIABLE);
        match env::var(variable) {
            Ok(secret) if !secret.is_empty() => Ok(secret),
            Ok(_) => {
                Err(UsageError::new(format!("--client-id: the environment variable {variable} is empty")))
            }
            Err(env::VarError::NotUnicode(_)) => {
                Err(UsageError::new(format!("--client-id: the environment variable {variable} is not UTF-8")))
            }
            Err(env::VarError::NotPresent) => Err(UsageError::new(format!(
                "--client-id needs that client's secret: in the environment variable {variable}, in another \
                 (--client-secret-env) or in a file (--client-secret-file)"
            ))),
        }
    }
}

/// The secret in a file, without the line break that an editor puts at its end.
fn read(file: &Path) -> Result<String, UsageError> {
    let named = |why: &str| UsageError::new(format!("--client-secret-file: {}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| named(&error.to_string()))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(named("it is empty")),
        secret => Ok(secret.to_owned()),
    }
}

/// The name of a choice that is not the default.
fn name_of<C: clap::ValueEnum + Default + PartialEq>(choice: C) -> Option<String> {
    if choice == C::default() {
        return None;
    }
    choice.to_possible_value().map(|value| value.get_name().to_owned())
}
