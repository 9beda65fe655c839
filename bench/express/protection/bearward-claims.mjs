import { auth } from 'bearward/express';

/** A handler that reads the claims. */
export function protect({ issuer, audience }) {
  const read = (req, _res, next) => next(req.auth.payload.sub === undefined ? new Error('no subject') : undefined);
  return [auth({ issuerBaseURL: issuer, audience }), read];
}
