//! How the servers are reached, checked before anything is connected to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Redis;
use crate::address::{Address, SignIn};
use crate::cluster::Cluster;
use crate::error::RedisConfigError;
use crate::link::{Link, Target};
use crate::seal::Seal;
use crate::sentinel::Sentinels;
use crate::servers::{Deployment, Servers};
use crate::settings::Settings;
use crate::tls::{ClientCertificate, TlsSettings};

/// Settings of a [`Redis`], until [`build`](Self::build).
#[must_use]
pub struct RedisBuilder {
    servers: Named,
    sign_in: SignIn,
    timeout: Duration,
    connect_timeout: Duration,
    clock_tolerance: Duration,
    key_prefix: String,
    tls: TlsSettings,
    secret: Option<Vec<u8>>,
}

enum Named {
    One(String),
    Sentinels { urls: Vec<String>, master: String },
    Cluster(Vec<String>),
}

impl RedisBuilder {
    pub(crate) fn one(url: String) -> Self {
        Self::new(Named::One(url))
    }

    pub(crate) fn sentinels(urls: Vec<String>, master: String) -> Self {
        Self::new(Named::Sentinels { urls, master })
    }

    pub(crate) fn cluster(urls: Vec<String>) -> Self {
        Self::new(Named::Cluster(urls))
    }

    fn new(servers: Named) -> Self {
        Self {
            servers,
            sign_in: SignIn::default(),
            timeout: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(1),
            clock_tolerance: Duration::from_secs(30),
            key_prefix: "bearward:".to_owned(),
            tls: TlsSettings::default(),
            secret: None,
        }
    }

    /// Signs in to the Redis servers as this user, instead of the one in the URL. The URLs of sentinels say how
    /// to sign in to those.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.sign_in.username = Some(username.into());
        self
    }

    /// Signs in to the Redis servers with this password, instead of the one in the URL.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.sign_in.password = Some(password.into());
        self
    }

    /// Uses the database of this number, instead of the one in the URL. A cluster has database 0 only.
    pub fn database(mut self, number: u32) -> Self {
        self.sign_in.database = number.into();
        self
    }

    /// How long a request waits for the store, for connecting and all (500 ms). After that it is answered 503.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long an attempt to connect may take (1 s). It goes on in the background when the request that caused
    /// it has stopped waiting.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How far clocks may be apart (30 s): how far ahead a client's may be
    /// ([`DpopPolicy::max_proof_future`](bearward::check::DpopPolicy::max_proof_future)), and by how much those of the machines
    /// that share the store differ. Proofs dated further ahead are answered 503.
    ///
    /// For so long after Redis was restarted or another server took over, DPoP proofs are answered 503. Redis keeps
    /// proofs and revocations for a minute longer than they count, or for twice the tolerance, if that is more.
    pub fn clock_tolerance(mut self, tolerance: Duration) -> Self {
        self.clock_tolerance = tolerance;
        self
    }

    /// What all keys start with (`bearward:`). Resource servers that share it share their state.
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = prefix.into();
        self
    }

    /// Trusts the certificate authorities in this PEM text for `rediss://`, instead of the machine's.
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.authorities = Some(pem.into());
        self
    }

    /// Presents this certificate, for servers that ask for one. Chain and key are PEM text.
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.tls.client = Some(ClientCertificate { chain: chain.into(), key: key.into() });
        self
    }

    /// Encrypts what the introspection store keeps, with keys derived from this secret of at least 32 random
    /// bytes. A reader of Redis learns no claims, and a writer cannot forge any. All resource servers that share the
    /// store need the same secret.
    pub fn seal_with(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Checks the settings. Nothing is connected to before it is needed.
    ///
    /// # Errors
    /// [`RedisConfigError`] names the setting that cannot work.
    pub fn build(self) -> Result<Redis, RedisConfigError> {
        if self.key_prefix.contains(['{', '}']) {
            return Err(RedisConfigError::KeyPrefix);
        }
        if self.timeout.is_zero() || self.connect_timeout.is_zero() {
            return Err(RedisConfigError::Timeout);
        }
        let (texts, is_direct) = match &self.servers {
            Named::One(url) => (std::slice::from_ref(url), true),
            Named::Cluster(urls) => (urls.as_slice(), true),
            Named::Sentinels { urls, .. } => (urls.as_slice(), false),
        };
        let addresses: Result<Vec<_>, _> = texts.iter().map(|text| Address::parse(text)).collect();
        let mut addresses = addresses?;
        if is_direct {
            addresses.iter_mut().for_each(|address| address.sign_in.overrule_with(&self.sign_in));
        }
        let tls = match addresses.iter().any(Address::uses_tls) {
            true => Some(self.tls.connector()?),
            false if self.tls.is_default() => None,
            false => return Err(RedisConfigError::Tls("no URL starts with rediss://".to_owned())),
        };
        let seal = self.secret.map(|secret| Seal::new(&secret)).transpose()?;
        let settings = Arc::new(Settings {
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
            clock_tolerance: self.clock_tolerance,
            key_prefix: self.key_prefix,
            tls,
        });
        let first = addresses.first().ok_or(RedisConfigError::NoServers)?;
        let link = |target| Deployment::One(Link::new(target, Arc::clone(&settings)));
        let deployment = match self.servers {
            Named::One(_) => link(Target::Fixed(first.clone())),
            Named::Cluster(_) => Deployment::Cluster(Cluster::new(addresses, Arc::clone(&settings))),
            Named::Sentinels { master, .. } => {
                link(Target::Sentinels(Sentinels { addresses, master, sign_in: self.sign_in }))
            }
        };
        Ok(Redis::new(Servers { deployment, settings }, seal))
    }
}

impl SignIn {
    fn overrule_with(&mut self, named: &Self) {
        if named.username.is_some() {
            self.username.clone_from(&named.username);
        }
        if named.password.is_some() {
            self.password.clone_from(&named.password);
        }
        if named.database != 0 {
            self.database = named.database;
        }
    }
}

impl fmt::Debug for RedisBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBuilder").field("key_prefix", &self.key_prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(builder: RedisBuilder) -> RedisConfigError {
        builder.build().map(drop).unwrap_err()
    }

    #[test]
    fn what_cannot_work_is_named_before_anything_is_connected_to() {
        let one = || Redis::single("redis://localhost");
        assert_eq!(error(one().key_prefix("{a}")), RedisConfigError::KeyPrefix);
        assert_eq!(error(one().timeout(Duration::ZERO)), RedisConfigError::Timeout);
        assert_eq!(error(one().connect_timeout(Duration::ZERO)), RedisConfigError::Timeout);
        assert_eq!(error(one().seal_with([1; 31])), RedisConfigError::ShortSecret);
        assert_eq!(error(Redis::cluster(Vec::<String>::new())), RedisConfigError::NoServers);
        assert_eq!(error(Redis::sentinel(Vec::<String>::new(), "m")), RedisConfigError::NoServers);
        assert!(matches!(error(Redis::single("localhost:1")), RedisConfigError::Url(_)));
        assert!(matches!(error(one().certificate_authority("x")), RedisConfigError::Tls(_)));
        let tls = Redis::single("rediss://localhost").certificate_authority("no certificate");
        assert!(matches!(error(tls), RedisConfigError::Tls(_)));
    }

    #[test]
    fn a_key_that_is_no_pem_is_not_quoted() {
        // As environment variables have it that lost their line breaks.
        let in_one_line = "-----BEGIN PRIVATE KEY----- c2VjcmV0 -----END PRIVATE KEY-----";
        let one = || Redis::single("rediss://localhost");
        let chain = &*rcgen::generate_simple_self_signed(["one".to_owned()]).unwrap().cert.pem();
        for builder in [
            one().client_certificate(chain, in_one_line),
            one().client_certificate(in_one_line, chain),
            one().certificate_authority(in_one_line),
            one().certificate_authority("-----BEGIN PRIVATE KEY-----\nc2VjcmV0"),
        ] {
            let RedisConfigError::Tls(why) = error(builder) else { panic!("another error") };
            // The parser shows bytes as numbers.
            assert!(!why.contains("c2Vj") && !why.contains("45, 45") && !why.contains("99, 50"), "{why}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let builder = Redis::single("redis://:secret@localhost").password("secret").seal_with("secret");
        assert!(!format!("{builder:?}").contains("secret"));
    }
}
