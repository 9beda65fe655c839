import { auth } from 'bearward/express';

/** A handler that asks for no claim; then none is parsed. */
export function protect({ issuer, audience }) {
  return [auth({ issuerBaseURL: issuer, audience })];
}
