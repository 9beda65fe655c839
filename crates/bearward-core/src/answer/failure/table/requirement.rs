//! Stage 8: the route's requirement is checked.

use super::{Row, SET_UP_WRONGLY, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 14] = [
    row(
        "insufficient_scope",
        Meaning::InsufficientScope,
        "the access token lacks a required scope",
        "The challenge names every scope of the route. The client must request them, and the authorization server must \
         grant them for this API. A token without any scope claim lacks them all: have the server write the claim, or \
         introspect every token.",
    ),
    row(
        "claim_unmet",
        Meaning::InsufficientScope,
        "the access token lacks a required claim value",
        "A claim does not have the value that the route requires. `bearward explain` shows both values.",
    ),
    row(
        "role_missing",
        Meaning::InsufficientScope,
        "the access token lacks a required role",
        "The claim that lists roles does not contain the required role. Assign the role, or correct the claim's path \
         in the requirement.",
    ),
    row(
        "authorization_details_missing",
        Meaning::InsufficientScope,
        "the access token lacks required authorization details",
        "No element of the token's `authorization_details` (RFC 9396) has everything that the route requires. The \
         client must request them, and its user must consent. `bearward explain` shows what the token has and what \
         the route requires.",
    ),
    row(
        "operation_unknown",
        Meaning::InsufficientScope,
        "this operation is not permitted to any access token",
        "The request is not one of the operations that the requirement lists. Add the operation if the API has it.",
    ),
    row(
        "organization_missing",
        Meaning::InvalidToken,
        "the access token is for no organization",
        "The route belongs to an organization, and the token names no organization. The client must request a token \
         for one.",
    ),
    row(
        "organization_mismatch",
        Meaning::InsufficientScope,
        "the access token is for another organization",
        "The token's organization is not the one that the request names. The client must request a token for that one.",
    ),
    row(
        "authentication_too_old",
        Meaning::InsufficientUserAuthentication,
        "a more recent authentication is required",
        "`auth_time` is absent or further back than the route accepts. The client must have its user sign in again, with \
         the `max_age` of the challenge.",
    ),
    row(
        "authentication_too_weak",
        Meaning::InsufficientUserAuthentication,
        "a stronger authentication is required",
        "`acr` is absent or not one of the accepted values. The client must have its user sign in again, with the \
         `acr_values` of the challenge.",
    ),
    row(
        "requirement_unmet",
        Meaning::InsufficientScope,
        "the access token does not meet the requirement of this resource",
        "A custom or a negated requirement is not met, or it cannot be evaluated for this token.",
    ),
    row(
        "path_malformed",
        Meaning::InvalidRequest,
        "the path of the request is malformed",
        "The requirement takes the organization from a path parameter, and the path is not UTF-8 after percent-decoding. \
         The client must send another path.",
    ),
    row(
        "operation_malformed",
        Meaning::InvalidRequest,
        "the headers that name the operation are missing or malformed",
        "The requirement looks at the headers `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name`. One of them is absent or \
         malformed, the revision is older than 2026-07-28, or the body is about another operation. The client must send \
         these headers as that revision says.",
    ),
    row(
        "path_parameter_missing",
        Meaning::ServerError,
        SET_UP_WRONGLY,
        "The requirement takes the organization from a path parameter that the route does not have. Correct the name in \
         the requirement or in the route.",
    ),
    row(
        "route_not_protected",
        Meaning::ServerError,
        SET_UP_WRONGLY,
        "A requirement is set for a route that no layer authenticates. Put the resource server's layer around it.",
    ),
];

const fn row(code: &'static str, meaning: Meaning, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Requirement, meaning, client, remedy }
}
