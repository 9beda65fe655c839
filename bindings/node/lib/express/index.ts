// A drop-in for `express-oauth2-jwt-bearer`, and what it lacks.

import type { AuthResult as Result, RequestAuth as Auth } from './auth-result';

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
export type {
  AuthInfo,
  AuthResult,
  AuthResult as VerifyJwtResult,
  JWTHeader,
  JWTPayload,
  RequestAuth,
} from './auth-result';
export type { ClientCertificate, GetCertificate } from './certificate';
export {
  claimCheck,
  claimEquals,
  claimIncludes,
  type JSONPrimitive,
  requiredScopes,
  scopeIncludesAny,
} from './claims';
export type { ErrorBody, ErrorWords } from './answer';
export { errorHandler, type ErrorHandler, type ErrorHandlerOptions } from './error-handler';
export {
  InsufficientAuthenticationError,
  InsufficientScopeError,
  InternalError,
  InvalidProofError,
  InvalidRequestError,
  InvalidTokenError,
  NonceRequiredError,
  UnauthorizedError,
  UnavailableError,
} from './errors';
export type { KeyRequestHeaders } from '../engine/http-get';
export type { IntrospectionOptions } from './introspection';
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
} from './options';
export type { ProviderOptions } from './provider-options';
export { type IssuerNotReady, NotReadyError } from './readiness';
export type { Handler, Next } from './request';
export type { OrganizationClaim } from './organization-claim';
export { protectedResourceMetadata, type ResourceOptions } from './resource-metadata';
export type { TokenCookie, TokenHeader, TokenPlace, TokenSubprotocol } from './token-place';
export type { FunctionValidator, Validator, Validators } from './validators';
export type { TokensWithoutAudience } from './without-audience';
export * from '../requirement';
export {
  type ReplayStore,
  type Revocation,
  type RevocationEntry,
  revocationKey,
  RevocationList,
  type RevocationStore,
} from '../stores';
