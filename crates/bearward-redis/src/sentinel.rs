//! Where the master is, as Redis Sentinel says.

use std::fmt;

use bearward::store::StoreError;
use futures_util::future::select_ok;

use crate::address::{Address, SignIn};
use crate::connect::Channel;
use crate::error::{store_error, unavailable};
use crate::settings::Settings;

pub(crate) struct Sentinels {
    pub(crate) addresses: Vec<Address>,
    pub(crate) master: String,
    /// How to sign in to the master; the sentinels' URLs say how to sign in to them.
    pub(crate) sign_in: SignIn,
}

impl Sentinels {
    /// The master's address, from the first sentinel that knows it. All are asked at once, so that one that
    /// hangs costs no time.
    pub(crate) async fn master(&self, settings: &Settings) -> Result<Address, StoreError> {
        let questions = self.addresses.iter().map(|sentinel| Box::pin(self.ask(sentinel, settings)));
        let (address, _) = select_ok(questions).await?;
        Ok(address)
    }

    async fn ask(&self, sentinel: &Address, settings: &Settings) -> Result<Address, StoreError> {
        let failed = |error| store_error(&error);
        let channel = Channel::open(sentinel, settings).await.map_err(failed)?;
        let question = redis::cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master).to_owned();
        let answer: Option<(String, u16)> =
            question.query_async(&mut channel.connection()).await.map_err(failed)?;
        let (host, port) =
            answer.ok_or_else(|| unavailable(format!("the sentinel knows no master {:?}", self.master)))?;
        let address = sentinel.sibling(&host, port);
        Ok(Address { sign_in: self.sign_in.clone(), ..address })
    }
}

impl fmt::Display for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "master {}", self.master)
    }
}

impl fmt::Debug for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
