//! How the settings name claims: the organization's, and what takes the place of an audience.

use bearward_core::{AudienceSubstitute, ClaimPath, OrganizationClaim};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OrganizationClaimSettings {
    path: ClaimPath,
    several: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AudienceSubstituteSettings {
    claim: ClientClaim,
    values: Vec<String>,
    /// Further claims, and what each must be.
    further: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClientClaim {
    ClientId,
    Azp,
    Appid,
    Cid,
}

impl OrganizationClaimSettings {
    pub(crate) fn claim(self) -> OrganizationClaim {
        if self.several { OrganizationClaim::several(self.path) } else { OrganizationClaim::one(self.path) }
    }
}

impl AudienceSubstituteSettings {
    pub(crate) fn substitute(self) -> AudienceSubstitute {
        let substitute = match self.claim {
            ClientClaim::ClientId => AudienceSubstitute::client_id(self.values),
            ClientClaim::Azp => AudienceSubstitute::azp(self.values),
            ClientClaim::Appid => AudienceSubstitute::appid(self.values),
            ClientClaim::Cid => AudienceSubstitute::cid(self.values),
        };
        self.further
            .into_iter()
            .fold(substitute, |substitute, (name, value)| substitute.and_claim(name, value))
    }
}
