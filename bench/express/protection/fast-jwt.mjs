import { fastJwt } from './fast-jwt-verifier.mjs';

export function protect(options) {
  return fastJwt(options, false);
}
