import { createRemoteJWKSet, jwtVerify } from 'jose';
import { bearer, jwksUri, refused } from './keys.mjs';

/** By hand, as guides for APIs show it. */
export async function protect({ issuer, audience }) {
  const keys = createRemoteJWKSet(new URL(await jwksUri(issuer)));
  const check = async (req, _res, next) => {
    try {
      const { payload } = await jwtVerify(bearer(req), keys, { issuer, audience });
      req.auth = payload;
    } catch (error) {
      next(refused(error));
      return;
    }
    next();
  };
  return [check];
}
