// Requirements as data. The middlewares are in `bearward/express` and `bearward/express-oauth-jwt`.

export {
  acr,
  and,
  anyScope,
  claim,
  type ClaimPath,
  type ClaimTest,
  type ExpectedOrganization,
  type JSONValue,
  LOGTO_ORGANIZATION_AUDIENCE,
  maxAge,
  not,
  or,
  organization,
  type OrganizationOptions,
  type Requirement,
  role,
  roles,
  scopes,
} from './requirement';
