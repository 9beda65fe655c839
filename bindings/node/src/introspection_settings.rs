//! The settings of introspection, as JavaScript writes them down.

use bearward_core::{
    Algorithm, ClientAuthentication, ConfigError, IntrospectedTokens, Introspection, IntrospectionAnswers,
    PrivateKey, Problem,
};
use serde::Deserialize;

use crate::setting_values::millis;

/// Durations are in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct IntrospectionSettings {
    client_id: String,
    client: Client,
    endpoint: Option<String>,
    #[serde(default)]
    tokens: Tokens,
    #[serde(default)]
    answers: Answers,
    cache_for: Option<f64>,
    cache_refusals_for: Option<f64>,
    bridge_for: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Client {
    SecretBasic { secret: String },
    SecretPost { secret: String },
    PrivateKeyJwt { pem: String, alg: String, kid: Option<String> },
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
enum Tokens {
    #[default]
    Opaque,
    Every,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
enum Answers {
    #[default]
    Json,
    Signed,
    Phantom,
}

impl IntrospectionSettings {
    pub(crate) fn read(self) -> Result<Introspection, ConfigError> {
        let mut introspection = Introspection::new(self.client.authentication(self.client_id)?)
            .tokens(match self.tokens {
                Tokens::Opaque => IntrospectedTokens::Opaque,
                Tokens::Every => IntrospectedTokens::Every,
            })
            .answers(match self.answers {
                Answers::Json => IntrospectionAnswers::Json,
                Answers::Signed => IntrospectionAnswers::SignedJwt,
                Answers::Phantom => IntrospectionAnswers::PhantomJwt,
            });
        if let Some(endpoint) = self.endpoint {
            introspection = introspection.endpoint(endpoint);
        }
        if let Some(duration) = self.cache_for {
            introspection = introspection.cache_for(millis(duration));
        }
        if let Some(duration) = self.cache_refusals_for {
            introspection = introspection.cache_refusals_for(millis(duration));
        }
        if let Some(duration) = self.bridge_for {
            introspection = introspection.bridge_for(millis(duration));
        }
        Ok(introspection)
    }
}

impl Client {
    fn authentication(self, id: String) -> Result<ClientAuthentication, ConfigError> {
        Ok(match self {
            Self::SecretBasic { secret } => ClientAuthentication::secret_basic(id, secret),
            Self::SecretPost { secret } => ClientAuthentication::secret_post(id, secret),
            Self::PrivateKeyJwt { pem, alg, kid } => {
                let unknown = Problem::Form("the name of a signature algorithm".to_owned());
                let path = "introspection.private_key.algorithm";
                let algorithm: Algorithm = alg.parse().map_err(|_| ConfigError::new(path, unknown))?;
                let key = PrivateKey::from_pkcs8_pem(&pem, algorithm, kid.as_deref())?;
                ClientAuthentication::private_key_jwt(id, key)
            }
        })
    }
}
