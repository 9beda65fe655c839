// What needs no framework: the decision about a request, and requirements as data. The middlewares are in
// `bearward/express` and `bearward/express-oauth-jwt`.

export type { ResourceDocument } from './native/addon';
export type { AuthOptions } from './options/options';
export type { AuthInfo, RequestAuth } from './protect/auth-result';
export { type Granted, type ProtectedRequest, type Protection, protect, type Verdict } from './protect/protect';
export { type IssuerNotReady, NotReadyError } from './protect/readiness';
export type { Form } from './protect/request';
export { Refusal } from './refusal/refusal';
export {
  acr,
  and,
  anyScope,
  type ClaimPath,
  type ClaimTest,
  claim,
  type ExpectedOrganization,
  type JSONValue,
  LOGTO_ORGANIZATION_AUDIENCE,
  maxAge,
  not,
  type OrganizationOptions,
  or,
  organization,
  type Requirement,
  role,
  roles,
  scopes,
} from './requirement';
export {
  type ReplayStore,
  type Revocation,
  type RevocationEntry,
  RevocationList,
  type RevocationStore,
  revocationKey,
} from './stores';
