import expressOAuthJwt from 'express-oauth-jwt';
import { createRemoteJWKSet } from 'jose';
import { jwksUri } from './keys.mjs';

/** Issuer and audience are checked only where they are asked for as claims, the list last: it ends the checks. */
export async function protect({ issuer, audience }) {
  const keys = createRemoteJWKSet(new URL(await jwksUri(issuer)));
  const claims = [
    { name: 'iss', value: issuer },
    { name: 'aud', value: audience },
  ];
  return [expressOAuthJwt.secure(keys, { claims })];
}
