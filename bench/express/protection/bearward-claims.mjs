export { protect } from './bearward.mjs';

/** A handler that reads the claims. */
export function read(req) {
  if (req.auth.payload.sub === undefined) throw new Error('no subject');
}
