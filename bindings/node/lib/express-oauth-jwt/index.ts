// A drop-in for `express-oauth-jwt`, 1.x and 2.x.

import type { JWTPayload } from '../token/payload';
import { InsufficientScopeError, TokenClaimsError } from './secure';

declare global {
  namespace Express {
    interface Request {
      claims?: JWTPayload;
    }
  }
}

export const errors = { InsufficientScopeError, TokenClaimsError };

export type { FlattenedJWS, GetKey, JWSHeader } from './get-key';
export {
  getSimpleJwksService,
  InMemoryCache,
  type JwksClient,
  type JwksService,
  jwksService,
  keyService,
  KeyStore,
  type KeyStoreCache as Cache,
  type OwnService,
} from './jwks-service';
export type { Claim, Options } from './options';
export { secure } from './secure';
