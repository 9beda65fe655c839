//! What to do about a failure: its remedy, with the flags of this command that have to do with it.

use std::borrow::Cow;

use bearward_core::Failure;
use bearward_core::answer::Unavailable;
use bearward_core::trust::IntrospectionError;

/// What the operator can do. Of an API that runs, flags of the command line are of no use to the reader.
pub(super) fn of(failure: &Failure, is_of_api: bool) -> Cow<'static, str> {
    let remedy = failure.remedy();
    match here(failure) {
        Some(here) if !is_of_api => format!("{remedy} Here: {here}.").into(),
        _ => remedy.into(),
    }
}

/// What to try with this command, which takes flags for some of the settings.
fn here(failure: &Failure) -> Option<&'static str> {
    let Failure::Unavailable(Unavailable::Introspection { why, .. }) = failure else { return None };
    Some(match why {
        IntrospectionError::NoMetadata => "the fetch above says what went wrong; compare --issuer",
        IntrospectionError::NoAnswer | IntrospectionError::Pause | IntrospectionError::Abandoned => {
            "the fetch above says what went wrong"
        }
        IntrospectionError::NoEndpoint
        | IntrospectionError::Endpoint(_)
        | IntrospectionError::Status(404 | 405)
        | IntrospectionError::Redirect => "--introspection-endpoint",
        IntrospectionError::ClientRefused(_) => "--client-id, CLIENT_SECRET, --client-auth",
        IntrospectionError::ContentType | IntrospectionError::NoIntrospection => "--introspection-answer",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(why: IntrospectionError, is_of_api: bool) -> String {
        let failure = Unavailable::Introspection { retry_after: Duration::ZERO, why }.into();
        of(&failure, is_of_api).into_owned()
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
        assert_eq!(of(&other, false), other.remedy());
    }
}
