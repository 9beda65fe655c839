//! What handlers ask a request for: the token, or its claims as a type of the application.

use bearward_tower::bearward::answer::{Misconfiguration, Refusal, Rejection};
use bearward_tower::bearward::check::Denial;
use bearward_tower::bearward::driver::log_failure;
use bearward_tower::bearward::request::Scheme;
use bearward_tower::{AccessToken, Failure, Protection, grpc_status};
use serde::de::DeserializeOwned;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};

/// What a handler learns of the token that its call was let in with. The error is the status to answer with: `?` does.
///
/// An [`AccessToken`] is the proof that a token is valid: only a check makes one.
pub trait Authorization {
    /// The token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when there is none: the method is public. `INTERNAL` when no [`GrpcLayer`](crate::GrpcLayer)
    /// protects the server.
    fn access_token(&self) -> Result<&AccessToken, Status>;

    /// The token, or `None` where the method is public, or optional and the call came without one.
    ///
    /// # Errors
    /// `INTERNAL` when no [`GrpcLayer`](crate::GrpcLayer) protects the server.
    fn access_token_if_sent(&self) -> Result<Option<&AccessToken>, Status>;

    /// The claims of the token.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token), and `PERMISSION_DENIED` when the claims do not fit the type.
    fn claims<T: DeserializeOwned>(&self) -> Result<T, Status>;
}

impl<M> Authorization for Request<M> {
    fn access_token(&self) -> Result<&AccessToken, Status> {
        self.access_token_if_sent()?.ok_or_else(|| refuse(self, Rejection::MissingCredential.into()))
    }

    fn access_token_if_sent(&self) -> Result<Option<&AccessToken>, Status> {
        match self.extensions().get() {
            Some(token) => Ok(Some(token)),
            None if self.extensions().get::<Protection>().is_some() => Ok(None),
            None => Err(refuse(self, Misconfiguration::NotProtected.into())),
        }
    }

    fn claims<T: DeserializeOwned>(&self) -> Result<T, Status> {
        self.access_token()?.claims().map_err(|_| refuse(self, Denial::ClaimUnmet.into()))
    }
}

/// The status of a refusal, with the headers of its answer as metadata. The refusal is logged.
fn refuse<M>(request: &Request<M>, failure: Failure) -> Status {
    let server = request.extensions().get::<Protection>().map(Protection::resource_server);
    let refusal = match (server, request.extensions().get::<AccessToken>()) {
        (Some(server), Some(token)) => server.refuse_token(failure, token),
        (Some(server), None) => server.refuse(failure, Scheme::Bearer),
        (None, _) => {
            log_failure(&failure);
            Refusal::without_server(failure)
        }
    };
    let mut answer = refusal.answer();
    answer.headers.remove(http::header::CONTENT_TYPE);
    let code = Code::from_i32(grpc_status(answer.status));
    Status::with_metadata(code, refusal.description(), MetadataMap::from_headers(answer.headers))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bearward_tower::bearward::answer::Unavailable;
    use bearward_tower::bearward::request::CredentialError;

    use super::*;

    #[test]
    fn the_status_of_a_refusal_says_whose_fault_it_is() {
        let failures: [(Failure, Code); 5] = [
            (CredentialError::Malformed.into(), Code::InvalidArgument),
            (Rejection::MissingCredential.into(), Code::Unauthenticated),
            (Denial::ClaimUnmet.into(), Code::PermissionDenied),
            (Unavailable::Keys { retry_after: Duration::from_secs(1) }.into(), Code::Unavailable),
            (Misconfiguration::NotProtected.into(), Code::Internal),
        ];
        for (failure, code) in failures {
            let reason = failure.code();
            assert_eq!(refuse(&Request::new(()), failure).code(), code, "{reason}");
        }
    }
}
