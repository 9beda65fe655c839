//! Nonces that clients must put into their DPoP proofs (RFC 9449 §8 and §9).
//!
//! 1. A nonce is the time it was made at and a MAC of that time: nothing is remembered, and any machine that
//!    has the secret recognizes it.
//! 2. It is good for a while and then is not; all requests of a quarter of that while get the same one.
//! 3. Where used proofs are remembered in this process alone, a nonce of a secret that outlives the process is good
//!    only if it was made after this process first looked at one. An earlier one may stand in a proof that was used
//!    before a restart, which this memory does not hold.
//! 4. A second secret is recognized beside the first, so that secrets can be exchanged under load.
//!
//! Does not check: whether a nonce was used before. Proofs are, by their `jti`.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::trust::key::is_public_key;
use crate::wire::time::NumericDate;

const MIN_SECRET_BYTES: usize = 32;
const TIME_BYTES: usize = 8;
const MAC_BYTES: usize = 16;

/// Tells the MAC of a nonce from that of anything else that is made with the same secret.
const PURPOSE: &[u8] = b"bearward dpop nonce";

/// A second, in the unit of a nonce's time.
const MICROS: u64 = 1_000_000;

/// How far the clocks of machines that share a secret may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// Makes and recognizes the nonces that DPoP proofs must hold.
#[derive(Clone)]
pub struct DpopNonces {
    current: hmac::Key,
    previous: Option<hmac::Key>,
    lifetime: Duration,
    secret: Secret,
    /// The time from which on nonces are believed, once one was looked at; `None` where all of them are.
    begin: Option<Arc<OnceLock<u64>>>,
}

/// How long a secret lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    /// It was made up, and ends with this process.
    OfThisProcess,
    /// It was configured: earlier processes had it, and other machines have it.
    Configured,
}

/// The nonces of DPoP proofs cannot be made with these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NonceError {
    /// The secret is too short.
    TooShort {
        /// Its length in bytes.
        bytes: usize,
        /// The least length in bytes.
        min: usize,
    },
    /// The secret is the text of a public key, which everybody has.
    SecretIsPublic,
    /// The lifetime is shorter than ten seconds, or longer than an hour.
    Lifetime,
    /// The operating system gives no random bytes.
    Random,
}

impl fmt::Display for NonceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { bytes, min } => {
                write!(f, "a secret of {bytes} bytes is too short; use at least {min} random ones")
            }
            Self::SecretIsPublic => f.write_str(
                "this is a public key or a certificate, and anybody could make nonces with it; give a secret",
            ),
            Self::Lifetime => f.write_str("from ten seconds to an hour"),
            Self::Random => f.write_str("the operating system gives no random bytes"),
        }
    }
}

impl std::error::Error for NonceError {}

/// What a proof's nonce is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NonceState {
    /// It is the one that would be handed out now.
    Current,
    /// It is still valid, and the client should be given a newer one.
    Ageing,
    /// It is not ours, or too old.
    Refused,
}

impl DpopNonces {
    /// Nonces of a secret that is made up now: for one process alone.
    ///
    /// # Errors
    /// [`NonceError::Random`] when the operating system has no random bytes.
    pub fn random() -> Result<Self, NonceError> {
        let mut secret = [0; MIN_SECRET_BYTES];
        #[expect(clippy::disallowed_methods, reason = "a secret of this process, made once at startup")]
        rand::fill(&mut secret).map_err(|_| NonceError::Random)?;
        Ok(Self { secret: Secret::OfThisProcess, ..Self::from_secret(secret)? })
    }

    /// Nonces of this secret, which all machines of the API share: at least 32 random bytes.
    ///
    /// Machines that share it share a replay store, too. Where each process remembers used proofs by itself, it
    /// believes only nonces that were made after it first looked at one, so that no proof from before a restart
    /// passes again; it asks each client for a new one (`use_dpop_nonce`). A calendar that is set back by more than
    /// five seconds has such a process refuse all nonces until the calendar has caught up.
    ///
    /// # Errors
    /// [`NonceError::TooShort`] and [`NonceError::SecretIsPublic`].
    pub fn from_secret(secret: impl AsRef<[u8]>) -> Result<Self, NonceError> {
        let lifetime = Duration::from_secs(300);
        let current = key(secret.as_ref())?;
        Ok(Self { current, previous: None, lifetime, secret: Secret::Configured, begin: None })
    }

    /// Also recognizes nonces of this secret, but does not make any: while a secret is replaced.
    ///
    /// # Errors
    /// [`NonceError::TooShort`] and [`NonceError::SecretIsPublic`].
    pub fn previous_secret(self, secret: impl AsRef<[u8]>) -> Result<Self, NonceError> {
        Ok(Self { previous: Some(key(secret.as_ref())?), ..self })
    }

    /// How long a nonce is valid: five minutes unless set; from ten seconds to an hour.
    ///
    /// # Errors
    /// [`NonceError::Lifetime`] outside of these bounds.
    pub fn lifetime(self, lifetime: Duration) -> Result<Self, NonceError> {
        match (Duration::from_secs(10)..=Duration::from_secs(3600)).contains(&lifetime) {
            true => Ok(Self { lifetime, ..self }),
            false => Err(NonceError::Lifetime),
        }
    }

    /// Believes only nonces that this process can have made. For an engine whose memory of used proofs ends with the
    /// process: a proof with an older nonce may have been used, and forgotten.
    #[must_use]
    pub(crate) fn since_this_process(self) -> Self {
        let begin = (self.secret == Secret::Configured).then(Arc::default);
        Self { begin, ..self }
    }

    /// The nonce to hand out now.
    pub(super) fn issue(&self, now: NumericDate) -> String {
        nonce(&self.current, self.started(now))
    }

    pub(super) fn judge(&self, nonce: &str, now: NumericDate) -> NonceState {
        let begin = self.begin(now);
        let mut bytes = [0; TIME_BYTES + MAC_BYTES];
        if URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes) != Ok(bytes.len()) {
            return NonceState::Refused;
        }
        let (time, mac) = bytes.split_at(TIME_BYTES);
        let by_current = is_mac(&self.current, time, mac);
        if !by_current && !self.previous.as_ref().is_some_and(|previous| is_mac(previous, time, mac)) {
            return NonceState::Refused;
        }
        let made = time.try_into().map_or(u64::MAX, u64::from_be_bytes);
        let instant = now.micros();
        let from_future = made > instant.saturating_add(CLOCK_TOLERANCE.as_secs() * MICROS);
        let too_old = instant.saturating_sub(made) >= self.lifetime.as_secs() * MICROS;
        let forgotten = made < begin;
        match (from_future || too_old || forgotten, by_current && made >= self.started(now)) {
            (true, _) => NonceState::Refused,
            (false, true) => NonceState::Current,
            (false, false) => NonceState::Ageing,
        }
    }

    /// When the nonce that is handed out at this time was first handed out.
    fn started(&self, now: NumericDate) -> u64 {
        let turn = (self.lifetime.as_secs() / 4).max(1) * MICROS;
        (now.micros() / turn * turn).max(self.begin(now))
    }

    /// The time from which on nonces are believed. It is exact to the microsecond, so that a process that starts within
    /// the second in which another one ended believes no nonce of that one.
    fn begin(&self, now: NumericDate) -> u64 {
        self.begin.as_ref().map_or(0, |begin| *begin.get_or_init(|| now.micros()))
    }
}

fn key(secret: &[u8]) -> Result<hmac::Key, NonceError> {
    match secret.len() {
        bytes @ ..MIN_SECRET_BYTES => Err(NonceError::TooShort { bytes, min: MIN_SECRET_BYTES }),
        _ if is_public_key(secret) => Err(NonceError::SecretIsPublic),
        _ => Ok(hmac::Key::new(hmac::HMAC_SHA256, secret)),
    }
}

fn nonce(key: &hmac::Key, made: u64) -> String {
    let time = made.to_be_bytes();
    let mut bytes = [0; TIME_BYTES + MAC_BYTES];
    bytes[..TIME_BYTES].copy_from_slice(&time);
    bytes[TIME_BYTES..].copy_from_slice(&mac(key, &time).as_ref()[..MAC_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn mac(key: &hmac::Key, time: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(PURPOSE);
    context.update(time);
    context.sign()
}

fn is_mac(key: &hmac::Key, time: &[u8], found: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(&mac(key, time).as_ref()[..MAC_BYTES], found).is_ok()
}

impl fmt::Debug for DpopNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DpopNonces").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> NumericDate {
        NumericDate::from_seconds(1_700_000_000.0 + seconds).unwrap()
    }

    fn nonces(secret: u8) -> DpopNonces {
        DpopNonces::from_secret([secret; 32]).unwrap()
    }

    #[test]
    fn a_nonce_ages_and_then_does_not_count_any_more() {
        let nonces = nonces(1);
        // A turn of 75 seconds begins at this moment: 1 700 000 025 is a multiple of it.
        let made = nonces.issue(at(25.0));
        for (seconds, state) in [
            (19.0, NonceState::Refused),
            (25.0, NonceState::Current),
            (99.9, NonceState::Current),
            (100.0, NonceState::Ageing),
            (324.9, NonceState::Ageing),
            (325.0, NonceState::Refused),
        ] {
            assert_eq!(nonces.judge(&made, at(seconds)), state, "{seconds}");
        }
        assert_ne!(nonces.issue(at(100.0)), made);
    }

    #[test]
    fn machines_with_one_secret_know_each_others_nonces_and_nobody_elses() {
        let made = nonces(1).issue(at(25.0));
        assert_eq!(nonces(1).judge(&made, at(26.0)), NonceState::Current);
        assert_eq!(nonces(2).judge(&made, at(26.0)), NonceState::Refused);
        let exchanged = nonces(2).previous_secret([1; 32]).unwrap();
        assert_eq!(exchanged.judge(&made, at(26.0)), NonceState::Ageing);
        let other = DpopNonces::random().unwrap();
        assert_eq!(other.judge(&made, at(26.0)), NonceState::Refused);
    }

    #[test]
    fn after_a_restart_no_nonce_from_before_it_is_believed() {
        let before = nonces(1).since_this_process();
        let _ = before.issue(at(0.0));
        let old = before.issue(at(99.9));
        assert_eq!(before.judge(&old, at(99.9)), NonceState::Current);

        let after = nonces(1).since_this_process();
        assert_eq!(after.judge(&old, at(100.2)), NonceState::Refused);
        let new = after.issue(at(100.2));
        assert_ne!(new, old);
        assert_eq!(after.judge(&new, at(100.2)), NonceState::Current);
        assert_eq!(after.judge(&old, at(110.0)), NonceState::Refused);
        assert_eq!(after.judge(&new, at(110.0)), NonceState::Current);
        assert_eq!(after.issue(at(174.9)), new, "for the rest of the turn");
        assert_eq!(after.judge(&new, at(180.0)), NonceState::Ageing);
        assert_eq!(after.judge(&new, at(402.0)), NonceState::Refused);
    }

    #[test]
    fn a_nonce_of_the_very_second_of_a_restart_is_not_believed() {
        // Of the earlier process's own first moment, and of a turn that begins in this second.
        let late = nonces(1).since_this_process().issue(at(100.1));
        let early = nonces(1).since_this_process();
        let _ = early.issue(at(0.0));
        let early = early.issue(at(100.1));
        let exchanged = nonces(2).previous_secret([1; 32]).unwrap().since_this_process();
        for after in [nonces(1).since_this_process(), exchanged] {
            for old in [&late, &early] {
                assert_eq!(after.judge(old, at(100.101)), NonceState::Refused);
                assert_eq!(after.judge(old, at(101.0)), NonceState::Refused);
            }
            let own = after.issue(at(100.102));
            assert_eq!(after.judge(&own, at(100.102)), NonceState::Current);
        }
    }

    #[test]
    fn a_calendar_set_back_after_a_restart_lets_no_earlier_nonce_in() {
        let before = nonces(1);
        let after = nonces(1).since_this_process();
        assert_eq!(after.judge("", at(3600.0)), NonceState::Refused);
        for seconds in [0.0, 300.0, 3500.0] {
            assert_eq!(
                after.judge(&before.issue(at(seconds)), at(seconds)),
                NonceState::Refused,
                "{seconds}"
            );
            let own = after.issue(at(seconds));
            assert_eq!(after.judge(&own, at(seconds)), NonceState::Refused, "from a future that comes again");
        }
        assert_eq!(after.judge(&after.issue(at(3601.0)), at(3601.0)), NonceState::Current);
        let made_up = DpopNonces::random().unwrap().since_this_process();
        let _ = made_up.issue(at(3600.0));
        assert_eq!(
            made_up.judge(&made_up.issue(at(0.0)), at(0.0)),
            NonceState::Current,
            "needs no such care"
        );
    }

    #[test]
    fn no_changed_bit_is_recognized() {
        let nonces = nonces(1);
        let made = URL_SAFE_NO_PAD.decode(nonces.issue(at(25.0))).unwrap();
        for bit in 0..made.len() * 8 {
            let mut changed = made.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(nonces.judge(&changed, at(26.0)), NonceState::Refused, "bit {bit}");
        }
        for text in ["", "a", "====", "\u{0}", &"A".repeat(31), &"A".repeat(32), &"A".repeat(33)] {
            assert_eq!(nonces.judge(text, at(26.0)), NonceState::Refused, "{text}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let short = DpopNonces::from_secret([1; 31]).map(drop);
        assert_eq!(short, Err(NonceError::TooShort { bytes: 31, min: 32 }));
        assert!(nonces(1).previous_secret([]).is_err());
        for seconds in [0, 9, 3601] {
            assert!(nonces(1).lifetime(Duration::from_secs(seconds)).is_err(), "{seconds}");
        }
        assert!(!format!("{:?}", nonces(7)).contains('7'));
    }
}
