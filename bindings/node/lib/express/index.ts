// A drop-in for `express-oauth2-jwt-bearer`, and what it lacks.

import type { AuthResult as Result, RequestAuth as Auth } from '../protect/auth-result';

declare global {
  namespace Express {
    interface Request {
      get auth(): Auth | undefined;
      // A test sets it to what the original's type has.
      set auth(auth: Result | undefined);
    }
  }
}

export {
  auth,
  authorize,
  type AuthHandler,
  requireAcr,
  requireMaxAge,
  requireOrganization,
  requireRoles,
} from './auth';
export type { AuthInfo, AuthResult, AuthResult as VerifyJwtResult, RequestAuth } from '../protect/auth-result';
export type { JWTHeader, JWTPayload } from '../token/payload';
export type { ClientCertificate, GetCertificate } from '../options/options';
export { claimCheck, claimEquals, claimIncludes, type JSONPrimitive, requiredScopes, scopeIncludesAny } from './claims';
export type { ErrorBody, ErrorWords } from '../refusal/answer';
export { health } from './health';
export { errorHandler, type ErrorHandler, type ErrorHandlerOptions } from './error-handler';
export { InternalError, UnavailableError } from '../refusal/errors';
export {
  InsufficientAuthenticationError,
  InsufficientScopeError,
  InvalidProofError,
  InvalidRequestError,
  InvalidTokenError,
  NonceRequiredError,
  UnauthorizedError,
} from '../refusal/original/errors';
export type { KeyRequestHeaders } from '../engine/http-get';
export type { IntrospectionOptions } from '../options/introspection';
export type {
  AsymmetricIssuerConfig,
  AuthOptions,
  CacheLimits,
  ClientCertificateHeader,
  DangerousOptions,
  DPoPNonceOptions,
  DPoPOptions,
  IssuerConfig,
  IssuerResolverContext,
  IssuerResolverFunction,
  IssuerResolverResult,
  LoadBalancerOptions,
  MCDOptions,
  MtlsOptions,
  ProxyHeaderOptions,
  PublicKeyInput,
  RequestContext,
  SymmetricIssuerConfig,
} from '../options/options';
export type { ProviderOptions } from '../generated/provider-options';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export type { Handler, Next } from './handler';
export type { OrganizationClaim } from '../options/organization-claim';
export { protectedResourceMetadata } from './resource-metadata';
export type { ResourceOptions } from '../options/resource';
export type { TokenCookie, TokenHeader, TokenPlace, TokenSubprotocol } from '../options/token-place';
export type { FunctionValidator, Validator, Validators } from '../options/validators';
export type { TokensWithoutAudience } from '../options/without-audience';
export * from '../requirement';
export {
  type ReplayStore,
  type Revocation,
  type RevocationEntry,
  revocationKey,
  RevocationList,
  type RevocationStore,
} from '../stores';
