//! What to do about a failure, where more is known than its code: which question about a token brought nothing, and why.

use std::borrow::Cow;

use bearward_core::Failure;
use bearward_core::answer::Unavailable;
use bearward_core::trust::IntrospectionError;

/// A remedy in the words of the settings.
struct Remedy {
    text: &'static str,
    /// What to try with this command, which takes flags for some of the settings.
    here: &'static str,
}

/// What the operator can do. Of an API that runs, flags of the command line are of no use to the reader.
pub(super) fn about(failure: &Failure, is_of_api: bool) -> Cow<'static, str> {
    let Failure::Unavailable(Unavailable::Introspection { why, .. }) = failure else {
        return failure.remedy().into();
    };
    match introspection(*why) {
        Some(Remedy { text, here }) if !is_of_api && !here.is_empty() => {
            format!("{text} Here: {here}.").into()
        }
        Some(Remedy { text, .. }) => text.into(),
        None => failure.remedy().into(),
    }
}

fn introspection(why: IntrospectionError) -> Option<Remedy> {
    let (text, here) = match why {
        IntrospectionError::NoMetadata => (
            "Start the authorization server, or mend the way to it: its metadata, which would name the introspection endpoint, \
             could not be fetched. Compare the issuer in the settings with its address.",
            "the fetch above says what went wrong; compare --issuer",
        ),
        IntrospectionError::NoEndpoint => (
            "Look up the introspection endpoint in the documentation of the authorization server, whose metadata do not name \
             it, and write it into the settings as `introspection.endpoint`.",
            "--introspection-endpoint",
        ),
        IntrospectionError::Endpoint(_) => (
            "Have the authorization server publish an `introspection_endpoint` that can be used, or write a better one into the \
             settings as `introspection.endpoint`.",
            "--introspection-endpoint",
        ),
        IntrospectionError::NoAnswer | IntrospectionError::Pause | IntrospectionError::Abandoned => (
            "Start the introspection endpoint, or mend the way to it from here: its name, port, firewall and certificate. \
             Where `introspection.endpoint` is set, compare it with its address.",
            "the fetch above says what went wrong",
        ),
        IntrospectionError::ClientRefused(_) => (
            "Compare `introspection.client_id` and `introspection.client_secret` in the settings with what the authorization \
             server has for this API. If both are right, compare how they are sent (`introspection.client_auth`), and \
             allow that client there to introspect.",
            "--client-id, CLIENT_SECRET, --client-auth",
        ),
        IntrospectionError::Status(404 | 405) => (
            "Correct the address of the introspection endpoint, `introspection.endpoint` in the settings: another page \
             answers there.",
            "--introspection-endpoint",
        ),
        IntrospectionError::Status(_) => (
            "Read the log of the authorization server: its introspection endpoint fails. The API answers 503 until it is \
             well again.",
            "",
        ),
        IntrospectionError::Redirect => (
            "Write the address to which the endpoint redirects into the settings as `introspection.endpoint`: the client's \
             secret is not sent after a redirect.",
            "--introspection-endpoint",
        ),
        IntrospectionError::TooLarge => (
            "Have the authorization server send shorter answers, or raise `limits.max_introspection_bytes` in the settings.",
            "",
        ),
        IntrospectionError::ContentType | IntrospectionError::NoIntrospection => (
            "Set `introspection.answers` to the kind of answer that the authorization server sends: `json`, `signed_jwt` or \
             `phantom_jwt`.",
            "--introspection-answer",
        ),
        _ => return None,
    };
    Some(Remedy { text, here })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(why: IntrospectionError, is_of_api: bool) -> String {
        let failure = Unavailable::Introspection { retry_after: Duration::ZERO, why }.into();
        about(&failure, is_of_api).into_owned()
    }

    #[test]
    fn flags_of_the_command_are_for_those_who_use_it() {
        let why = IntrospectionError::ClientRefused(401);
        assert!(told(why, false).ends_with(" Here: --client-id, CLIENT_SECRET, --client-auth."));
        assert!(told(why, true).contains("`introspection.client_secret`") && !told(why, true).contains("--"));
    }

    #[test]
    fn a_failure_of_which_no_more_is_known_has_the_remedy_of_its_code() {
        assert!(told(IntrospectionError::Stale, false).contains("`not_introspected`"));
        let other = Failure::from(Unavailable::Keys { retry_after: Duration::ZERO });
        assert_eq!(about(&other, false), other.remedy());
    }
}
