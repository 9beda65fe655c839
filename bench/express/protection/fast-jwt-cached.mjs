import { fastJwt } from './fast-jwt-verifier.mjs';

/** As many tokens as Bearward remembers. */
export function protect(options) {
  return fastJwt(options, 10_000);
}
