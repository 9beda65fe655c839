// Header and payload of a token in compact serialization, read and not verified.

import type { JSONValue } from '../requirement';

/** Recognized claims; any other may also be there. */
export interface JWTPayload {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  jti?: string;
  nbf?: number;
  exp?: number;
  iat?: number;
  [claim: string]: unknown;
}

/** Recognized members of the JOSE header; any other may also be there. */
export interface JWTHeader {
  alg?: string;
  kid?: string;
  typ?: string;
  cty?: string;
  crit?: string[];
  b64?: boolean;
  jku?: string;
  jwk?: { kty?: string; crv?: string; x?: string; y?: string; e?: string; n?: string };
  x5c?: string[];
  x5t?: string;
  x5u?: string;
  [member: string]: unknown;
}

/** Parses the header (0) or payload (1) of a token in compact serialization. */
export function parsePart(token: string, place: number): Record<string, unknown> {
  const part = token.split('.', place + 1)[place] ?? '';
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

/** `scope`, else `scp`; a string with spaces, or an array. */
export function scopesOf(payload: JWTPayload): string[] {
  const granted = (payload.scope ?? payload.scp) as JSONValue | undefined;
  if (typeof granted === 'string') return granted.split(' ').filter((scope) => scope !== '');
  return Array.isArray(granted) ? granted.filter((scope) => typeof scope === 'string') : [];
}

/** These scopes and all that they include. */
export function withImplied(
  scopes: readonly string[],
  implies: Readonly<Record<string, readonly string[]>>,
): ReadonlySet<string> {
  const all = new Set(scopes);
  // What is added while the set is walked is walked, too.
  for (const scope of all) {
    if (Object.hasOwn(implies, scope)) for (const included of implies[scope] ?? []) all.add(included);
  }
  return all;
}
