// The middleware for applications that `import` Hono.

import { HTTPException } from 'hono/http-exception';
import { type Auth, authWith, type ExceptionClass } from './middleware.js';

export const auth: Auth = authWith(HTTPException as ExceptionClass);

export type { ResourceDocument } from '../native/addon.js';
export type { AuthInfo, RequestAuth } from '../protect/auth-result.js';
export type { Observe, ObservedEvent } from '../engine/observer.js';
export type { Health, Status } from '../protect/operated.js';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness.js';
export { Refusal } from '../refusal/refusal.js';
export {
  ANY_TOKEN,
  type AuthorizationDetails,
  acr,
  and,
  anyScope,
  authorizationDetails,
  type ClaimPath,
  type ClaimTest,
  claim,
  type ExpectedOrganization,
  type JSONValue,
  LOGTO_ORGANIZATION_AUDIENCE,
  maxAge,
  mcp,
  not,
  type Operation,
  type OrganizationOptions,
  operation,
  operations,
  or,
  organization,
  type Requirement,
  role,
  roleKey,
  roles,
  scopes,
} from '../requirement.js';
export type { Auth, AuthMiddleware, HonoOptions } from './middleware.js';
