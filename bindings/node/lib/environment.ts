// The environment variables that settings are read from, and those that are almost called so.

import { closest } from './misspelling';

/** Where each option is read from, if it is not given. */
export const VARIABLES = {
  issuerBaseURL: 'ISSUER_BASE_URL',
  jwksUri: 'JWKS_URI',
  issuer: 'ISSUER',
  secret: 'SECRET',
  tokenSigningAlg: 'TOKEN_SIGNING_ALG',
  audience: 'AUDIENCE',
  provider: 'PROVIDER',
} as const;

/** Those of them that say whose tokens are accepted and by which keys: what a provider's preset says by itself. */
export const ISSUER_OPTIONS = ['issuerBaseURL', 'jwksUri', 'issuer', 'secret', 'tokenSigningAlg'] as const;

/** A variable that is set, and the one that is read and is not set. */
export interface MisspeltVariable {
  given: string;
  meant: string;
}

/** The variables that are almost called like one of `read`, where that one is not set. An environment serves other
 * programs, too: what it has beside these is theirs. */
export function misspeltVariables(read: readonly string[]): MisspeltVariable[] {
  const { env } = process;
  const absent = read.filter((name) => !env[name]);
  return Object.keys(env).flatMap((given) => {
    const meant = read.includes(given) || !env[given] ? undefined : closest(given, absent);
    return meant === undefined ? [] : [{ given, meant }];
  });
}

/** What to do about them, to be added to an error. */
export function advice(misspelt: readonly MisspeltVariable[]): string {
  return misspelt.map(({ given, meant }) => `; the environment has ${given}, did you mean ${meant}?`).join('');
}
