//! Where requests have their access token, as JavaScript writes it down.

use bearward_core::{ConfigError, Problem, TokenCookie, TokenHeader, TokenPlace, TokenSubprotocol};
use serde::Deserialize;

/// What `tokenPlace` comes down to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlaceSettings {
    header: Option<String>,
    cookie: Option<String>,
    subprotocol: Option<String>,
    #[serde(default)]
    beside_authorization: bool,
    #[serde(default)]
    written_by_clients: bool,
    #[serde(default)]
    trusted_origins: Vec<String>,
}

impl PlaceSettings {
    pub(crate) fn place(&self) -> Result<TokenPlace, ConfigError> {
        match (&self.header, &self.cookie, &self.subprotocol) {
            (Some(name), None, None) => Ok(self.header(name)?.into()),
            (None, Some(name), None) => {
                let origins = self.trusted_origins.iter();
                let cookie =
                    origins.fold(TokenCookie::new(name), |cookie, origin| cookie?.trust_origin(origin));
                Ok(cookie?.into())
            }
            (None, None, Some(name)) => Ok(TokenSubprotocol::new(name)?.into()),
            _ => {
                Err(ConfigError::new("token_place", Problem::Exclusive(&["header", "cookie", "subprotocol"])))
            }
        }
    }

    fn header(&self, name: &str) -> Result<TokenHeader, ConfigError> {
        let origins = self.trusted_origins.iter();
        let mut header =
            origins.fold(TokenHeader::new(name), |header, origin| header?.trust_origin(origin))?;
        if self.beside_authorization {
            header = header.beside_authorization();
        }
        Ok(if self.written_by_clients { header.written_by_clients() } else { header })
    }
}
