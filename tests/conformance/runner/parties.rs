//! Who sends the requests of one case: a client and a stranger, each with a key and a certificate that nobody
//! had before.

use std::sync::OnceLock;

use bearward_issuer::{Algorithm, ClientCertificate, DpopKey};

use crate::suite::Party;
use crate::text::Placeholder;

#[derive(Default)]
pub(crate) struct Parties {
    client: Belongings,
    stranger: Belongings,
}

/// What one of them has, made when it is first asked for: most cases ask for nothing.
#[derive(Default)]
struct Belongings {
    key: OnceLock<DpopKey>,
    certificate: OnceLock<ClientCertificate>,
}

impl Parties {
    /// Whose key is of `algorithm`.
    pub(crate) fn with_key_of(algorithm: Algorithm) -> Self {
        let parties = Self::default();
        parties.client.key.get_or_init(|| DpopKey::generate(algorithm));
        parties
    }

    pub(crate) fn key(&self, of: Party) -> &DpopKey {
        self.belongings(of).key.get_or_init(|| DpopKey::generate(Algorithm::Es256))
    }

    pub(crate) fn certificate(&self, of: Party) -> &ClientCertificate {
        self.belongings(of).certificate.get_or_init(ClientCertificate::generate)
    }

    /// The thumbprints, for `cnf`.
    pub(crate) fn thumbprints(&self) -> [Placeholder; 4] {
        [
            ("{jkt}", self.key(Party::Client).thumbprint()),
            ("{x5t}", self.certificate(Party::Client).thumbprint()),
            ("{stranger_jkt}", self.key(Party::Stranger).thumbprint()),
            ("{stranger_x5t}", self.certificate(Party::Stranger).thumbprint()),
        ]
    }

    fn belongings(&self, of: Party) -> &Belongings {
        match of {
            Party::Client => &self.client,
            Party::Stranger => &self.stranger,
        }
    }
}
