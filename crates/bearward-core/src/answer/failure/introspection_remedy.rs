//! The remedies of `introspection_unavailable`, by what went wrong: more is known than its code.

use crate::trust::introspection::IntrospectionError;

/// `None` where the row of the code says all that is known.
pub(super) fn of(why: IntrospectionError) -> Option<&'static str> {
    Some(match why {
        IntrospectionError::NoMetadata => {
            "Start the authorization server, or mend the way to it: its metadata, which would name the introspection endpoint, \
             could not be fetched. Compare the issuer in the settings with its address."
        }
        IntrospectionError::NoEndpoint => {
            "Look up the introspection endpoint in the documentation of the authorization server, whose metadata do not name \
             it, and write it into the settings as `introspection.endpoint`."
        }
        IntrospectionError::Endpoint(_) => {
            "Have the authorization server publish an `introspection_endpoint` that can be used, or write a better one into the \
             settings as `introspection.endpoint`."
        }
        IntrospectionError::NoAnswer | IntrospectionError::Pause | IntrospectionError::Abandoned => {
            "Start the introspection endpoint, or mend the way to it from here: its name, port, firewall and certificate. \
             Where `introspection.endpoint` is set, compare it with its address."
        }
        IntrospectionError::ClientRefused(_) => {
            "Compare `introspection.client_id` and `introspection.client_secret` in the settings with what the authorization \
             server has for this API. If both are right, compare how they are sent (`introspection.client_auth`), and \
             allow that client there to introspect."
        }
        IntrospectionError::Status(404 | 405) => {
            "Correct the address of the introspection endpoint, `introspection.endpoint` in the settings: another page \
             answers there."
        }
        IntrospectionError::Status(_) => {
            "Read the log of the authorization server: its introspection endpoint fails. The API answers 503 until it is \
             well again."
        }
        IntrospectionError::Redirect => {
            "Write the address to which the endpoint redirects into the settings as `introspection.endpoint`: the client's \
             secret is not sent after a redirect."
        }
        IntrospectionError::TooLarge => {
            "Have the authorization server send shorter answers, or raise `limits.max_introspection_bytes` in the settings."
        }
        IntrospectionError::ContentType | IntrospectionError::NoIntrospection => {
            "Set `introspection.answers` to the kind of answer that the authorization server sends: `json`, `signed_jwt` or \
             `phantom_jwt`."
        }
        _ => return None,
    })
}
