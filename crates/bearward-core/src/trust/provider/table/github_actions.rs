//! GitHub Actions.

use super::{AUDIENCE, PLAIN, SEVERAL, text};
use crate::trust::provider::{IssuerForm, Member, MemberForm, Mistake, Need, Provider, ProviderFacts};

pub(super) const GITHUB_ACTIONS: ProviderFacts = ProviderFacts {
    name: "github_actions",
    title: "GitHub Actions",
    other_names: &["github"],
    issuers: &[IssuerForm("https://token.actions.githubusercontent.com")],
    client_id: &[],
    scope: None,
    organization: &[text(&["repository_owner"])],
    members: &[
        Member {
            what: "the audience that workflows ask for, which names this API",
            found: "the audience parameter of the workflow's request for a token",
            example: "https://api.example.com",
            ..AUDIENCE
        },
        Member {
            name: "owners",
            need: Need::Optional,
            form: MemberForm::Segment,
            what: "the organizations and users whose repositories may call, since any repository can ask for any audience",
            found: "the part of a repository's name before the slash",
            example: "acme",
            ..SEVERAL
        },
        Member {
            name: "repositories",
            need: Need::Optional,
            form: MemberForm::Repository,
            what: "the repositories that may call",
            found: "the address of the repository",
            example: "acme/deployments",
            ..SEVERAL
        },
    ],
    issuer_configs: |values| {
        let (owners, repositories) = (values.all("owners"), values.all("repositories"));
        if owners.is_empty() && repositories.is_empty() {
            return Err(values.missing("owners"));
        }
        let mut issuer = values.issuer("https://token.actions.githubusercontent.com");
        for (claim, accepted) in [("repository_owner", owners), ("repository", repositories)] {
            if !accepted.is_empty() {
                issuer = issuer.require_claim(claim, accepted.to_vec());
            }
        }
        Ok(vec![issuer])
    },
    quirks: &[
        "aud is what the workflow chooses; by default it is https://github.com/<owner>.",
        "repository, ref, environment and job_workflow_ref say which job it is: require them.",
    ],
    mistakes: &[Mistake {
        code: "audience_not_requested",
        when: |evidence| evidence.has_code("audience_mismatch"),
        problem: "the token's aud is {aud}: the workflow chooses the audience, and did not choose this API's.",
        remedy: "Ask for it in the workflow, with core.getIDToken('{audience}') or &audience={audience} on \
                 ACTIONS_ID_TOKEN_REQUEST_URL; and require the repository, since every repository can ask.",
        rust: ".issuer(\"{iss}\").audience(\"{audience}\") and require(claim(\"repository\").equals(\"<owner>/<name>\"))",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' }), claimEquals('repository', '<owner>/<name>')",
    }],
    ..PLAIN
};

impl Provider {
    /// GitHub Actions, for the audience that workflows ask for. Name who may call by [`owner`](Self::owner) or
    /// [`repository`](Self::repository).
    pub fn github_actions(audience: impl Into<String>) -> Self {
        Self::of(&GITHUB_ACTIONS).audience(audience)
    }

    /// An organization or user of GitHub whose repositories may call, besides others given in the same way.
    pub fn owner(self, owner: impl Into<String>) -> Self {
        self.with("owners", owner)
    }

    /// A repository of GitHub that may call, such as `acme/deployments`, besides others given in the same way.
    pub fn repository(self, repository: impl Into<String>) -> Self {
        self.with("repositories", repository)
    }
}
