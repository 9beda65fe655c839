// A token of each kind, as the value of `Authorization`.

import { keyPair, sign } from '../issuer.mjs';

export async function credentials(issuer, enough) {
  const [other, unknown] = [await keyPair('RS256', issuer.key.kid), await keyPair('RS256', 'unknown')];
  const past = Math.floor(Date.now() / 1000) - 3600;
  return {
    good: `Bearer ${await issuer.token({ claims: enough })}`,
    'not enough': `Bearer ${await issuer.token({ claims: { scope: 'other', role: 'user', roles: [] } })}`,
    expired: `Bearer ${await issuer.token({ claims: { ...enough, exp: past } })}`,
    'for another API': `Bearer ${await issuer.token({ claims: { ...enough, aud: 'https://other.example' } })}`,
    'wrongly signed': `Bearer ${await sign(other, issuer.issuer, { claims: enough })}`,
    // Older than the keys: a younger token may be signed with a key that was published since (503, not 401).
    'unknown kid': `Bearer ${await sign(unknown, issuer.issuer, { claims: { ...enough, iat: past } })}`,
    none: undefined,
    malformed: 'Bearer a.b.c',
    'another scheme': 'Basic dTpw',
  };
}
