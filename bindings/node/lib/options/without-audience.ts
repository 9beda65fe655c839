// The option `tokensWithoutAudience`.

import { strict as assert } from 'node:assert';
import { checkNames } from '../misspelling';
import type { TokensWithoutAudienceSettings } from '../generated/settings';
import { isObject } from '../js/realm';
import { isThenable } from '../js/thenable';
import { refuseUnset } from './unset';

/** Which tokens without `aud` are for this API: those issued to one of these clients. Exactly one of the first four.
 *
 * Such a token says to whom it was issued, and not for whom: any API of the same issuer that the client calls can send it
 * on to this one. List clients that call this API alone, and require a scope or a role of this API on each route. */
export interface TokensWithoutAudience {
  /** `client_id` is one of these (Amazon Cognito). */
  clientId?: string | string[];
  /** `azp` is one of these; with Clerk web origins, such as `https://app.example.com`. */
  azp?: string | string[];
  /** `appid` is one of these. */
  appid?: string | string[];
  /** `cid` is one of these. */
  cid?: string | string[];
  /** Claims that must be exactly this text, too: `{ token_use: 'access' }`. */
  claims?: Record<string, string>;
}

const CLAIMS = { clientId: 'client_id', azp: 'azp', appid: 'appid', cid: 'cid' } as const;
const NAMES = [...Object.keys(CLAIMS), 'claims'];

/** Throws what cannot work. What is empty the core refuses. */
export function audienceSubstituteSettings(given: TokensWithoutAudience): TokensWithoutAudienceSettings {
  assert(isObject(given), "'tokensWithoutAudience' must be an object");
  checkNames("'tokensWithoutAudience'", given, NAMES, {
    client_id: "'clientId'",
    token_use: "'claims: { token_use: … }'",
  });
  // One that is there and `undefined`, such as a variable that is not set, must not leave the others to decide.
  const named = Object.keys(CLAIMS).filter((name) => Object.hasOwn(given, name)) as Array<keyof typeof CLAIMS>;
  const [name, ...others] = named;
  assert(
    name !== undefined && others.length === 0,
    `'tokensWithoutAudience' needs exactly one of ${Object.keys(CLAIMS).join(', ')}`,
  );
  const values = [given[name]].flat();
  assert(
    values.every((value) => typeof value === 'string'),
    `'tokensWithoutAudience.${name}' must be a string or an array of strings`,
  );
  refuseUnset(given, 'claims', 'tokensWithoutAudience.claims', 'no other claim must have a certain value');
  const { claims = {} } = given;
  assert(isObject(claims) && !isThenable(claims), "'tokensWithoutAudience.claims' must be an object");
  const odd = Object.entries(claims).find(([, value]) => typeof value !== 'string');
  assert(odd === undefined, `'tokensWithoutAudience.claims.${odd?.[0]}' must be a string`);
  return { [CLAIMS[name]]: values as string[], claims };
}
