//! Every preset, beside the rows of the table of providers.

mod hosted;
mod installed;
mod workload;

use super::{Member, MemberForm, Need, Preset, Takes};

/// Every preset, in the order of [`PROVIDERS`](crate::trust::provider::PROVIDERS).
pub const PRESETS: &[Preset] = &[
    hosted::AUTH0,
    hosted::LOGTO,
    hosted::ENTRA,
    hosted::ENTRA_V1,
    hosted::ENTRA_EXTERNAL,
    hosted::COGNITO,
    hosted::OKTA,
    hosted::GOOGLE,
    hosted::FIREBASE,
    hosted::SUPABASE,
    hosted::CLERK,
    workload::AWS_ALB,
    workload::GITHUB_ACTIONS,
    workload::KUBERNETES,
    workload::SPIFFE,
    workload::CLOUDFLARE_ACCESS,
    workload::GOOGLE_IAP,
    workload::SALESFORCE,
    installed::ADFS,
    installed::KEYCLOAK,
    installed::CURITY,
    installed::ZITADEL,
    installed::UAA,
    installed::HYDRA,
    installed::IDENTITY_SERVER,
    installed::PASSPORT,
    installed::SPRING,
];

/// A member that must be there, with one value.
const REQUIRED: Member = Member {
    name: "",
    need: Need::Required,
    takes: Takes::One,
    form: MemberForm::Text,
    what: "",
    found: "",
    example: "",
};

/// A member that must be there, with one value or several.
const SEVERAL: Member = Member { takes: Takes::Several, ..REQUIRED };

/// The audience of an API that is registered at the provider.
const AUDIENCE: Member =
    Member { name: "audience", what: "the audience of this API, as its tokens have it in aud", ..SEVERAL };

/// The audience, where tokens have none unless the operator asks for one.
const AUDIENCE_IF_SET: Member = Member { need: Need::Optional, ..AUDIENCE };
