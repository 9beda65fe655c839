//! One call to the introspection endpoint, which the driver makes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Introspector;
use super::cache::{Landing, SharedAnswers, Ticket};
use crate::trust::fetch_answer::FetchAnswer;
use crate::trust::fetch_outcome::{FetchError, FetchOutcome};
use crate::trust::fetch_request::FetchRequest;
use crate::trust::in_flight::InFlight;
use crate::trust::introspection::{AnswerAge, Answered, IntrospectionError, Reading};
use crate::trust::issuer::Issuer;
use crate::wire::percent::push_form_field;
use crate::wire::time::Now;

/// One call to an issuer's introspection endpoint (RFC 7662 §2.1).
///
/// Dropped before it finished, it lets the next request make another. `Debug` shows nothing of the token.
pub struct IntrospectionCall {
    introspector: Arc<Introspector>,
    ticket: Ticket,
    request: FetchRequest,
}

impl IntrospectionCall {
    /// Writes the request. Where that fails the ticket has landed.
    pub(super) fn start(
        introspector: &Arc<Introspector>,
        ticket: Ticket,
        endpoint: &str,
        token: &str,
        now: Now,
    ) -> Result<Self, IntrospectionError> {
        let mut form = String::new();
        push_form_field(&mut form, "token", token);
        push_form_field(&mut form, "token_type_hint", "access_token");
        let settings = &introspector.settings;
        let issuer = introspector.issuer.identifier();
        let Ok(authorization) = settings.client().apply(&mut form, issuer, now.date()) else {
            let why = IntrospectionError::Signing;
            ticket.land(Landing::Useless(why), now);
            return Err(why);
        };
        let accept = settings.chosen_answers().accept();
        let max_bytes = introspector.max_bytes;
        let request = FetchRequest::post(endpoint.to_owned(), accept, authorization, form, max_bytes);
        Ok(Self { introspector: Arc::clone(introspector), ticket, request })
    }

    /// What to ask. It holds the token, and a secret or an assertion.
    #[must_use]
    pub fn request(&self) -> &FetchRequest {
        &self.request
    }

    /// Who is asked.
    pub(crate) fn issuer(&self) -> &Arc<Issuer> {
        &self.introspector.issuer
    }

    /// What those wait for who share this call.
    pub(crate) fn in_flight(&self) -> InFlight {
        self.ticket.in_flight()
    }

    /// A name for the answer, for those who share answers between machines: a hash over the token, the issuer,
    /// the client that asks, and the kind of answer. It cannot be turned back into the token.
    #[must_use]
    pub fn answer_name(&self) -> &[u8; 32] {
        &self.ticket.hash().0
    }

    /// Whether an answer that somebody else was given will do. It will not where the last one was of no use: it may
    /// be the same.
    #[must_use]
    pub fn accepts_shared_answer(&self) -> bool {
        self.ticket.shared() == SharedAnswers::Accepted
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// [`FetchError::Introspection`] when the answer is of no use; that is remembered for a second.
    pub fn answered(self, answer: FetchAnswer<'_>, now: Now) -> Result<FetchOutcome, FetchError> {
        match self.read(answer) {
            Ok(reading) => {
                let keep_for = self.life_of(&reading);
                self.land(reading, AnswerAge::new(now, Duration::ZERO), now);
                Ok(FetchOutcome::Introspected { keep_for })
            }
            Err(why) => {
                self.ticket.land(Landing::Useless(why), now);
                Err(FetchError::Introspection(why))
            }
        }
    }

    /// Takes an answer that somebody else was given this long ago, to a call of the same
    /// [name](Self::answer_name).
    ///
    /// An answer that is older than this resource server would let its own grow
    /// ([`Introspection::cache_for`](crate::trust::introspection::Introspection::cache_for), and
    /// [`cache_refusals_for`](crate::trust::introspection::Introspection::cache_refusals_for) where it refuses the token), or that is of no
    /// use, counts for nothing.
    ///
    /// # Errors
    /// The call itself, where the answer counts for nothing: it is still to be made.
    pub fn answered_before(
        self,
        answer: FetchAnswer<'_>,
        age: Duration,
        now: Now,
    ) -> Result<FetchOutcome, Box<Self>> {
        let Ok(reading) = self.read(answer) else { return Err(Box::new(self)) };
        let keep_for = self.life_of(&reading);
        if age >= keep_for {
            return Err(Box::new(self));
        }
        self.land(reading, AnswerAge::new(now, age), now);
        Ok(FetchOutcome::Introspected { keep_for })
    }

    /// No answer came: the server could not be reached, was too slow, or said too much.
    pub fn failed(self, why: FetchError, now: Now) {
        self.ticket.land(Landing::Silence(why), now);
    }

    fn read(&self, answer: FetchAnswer<'_>) -> Result<Reading, IntrospectionError> {
        self.introspector.settings.chosen_answers().read(answer, self.request.max_bytes)
    }

    /// How old an answer may grow.
    fn life_of(&self, reading: &Reading) -> Duration {
        let settings = &self.introspector.settings;
        match reading {
            Reading::MaybeActive(content) if !content.is_unverified_refusal() => settings.life(),
            Reading::MaybeActive(_) | Reading::Inactive => settings.refusal_life(),
        }
    }

    fn land(self, reading: Reading, age: AnswerAge, now: Now) {
        let settings = &self.introspector.settings;
        let refusal_life = settings.refusal_life();
        let landing = match reading {
            // Another route may accept what one route refuses, so this is not a refusal any more.
            Reading::MaybeActive(content) => {
                Landing::Answered(Answered::new(content, age, refusal_life.min(settings.life())))
            }
            Reading::Inactive => Landing::Inactive { until: age.until(refusal_life) },
        };
        self.ticket.land(landing, now);
    }
}

impl fmt::Debug for IntrospectionCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionCall").field("request", &self.request).finish_non_exhaustive()
    }
}
