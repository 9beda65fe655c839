// The option `provider`: a preset of the core knows the tokens of a provider, and the values say which installation it is.

import { strict as assert } from 'node:assert';
import { providerFacts, providerFromVariables } from '../engine/addon';
import { isObject } from './option-values';
import type { AuthOptions } from './options';
import type { ProviderOptions } from './provider-options';

/** What a preset says, or takes the place of. */
const SAID_BY_PRESETS = [
  'issuerBaseURL',
  'issuer',
  'jwksUri',
  'audience',
  'secret',
  'secretBesideKeys',
  'publicKey',
  'tokenSigningAlg',
  'loadBalancer',
  'mcd',
  'introspection',
  'tokensWithoutAudience',
] as const;

/** Throws what cannot work, and what contradicts the preset or would be ignored beside it. */
export function checkProvider(provider: ProviderOptions, options: AuthOptions): void {
  assert(isObject(provider), "'provider' must be an object with the name of one provider: { auth0: { domain, audience } }");
  for (const name of SAID_BY_PRESETS) {
    assert(options[name] === undefined, `You must not provide both 'provider' and '${name}'`);
  }
  for (const name of ['iss', 'aud'] as const) {
    assert(options.validators?.[name] === undefined, `You must not provide both 'provider' and 'validators.${name}'`);
  }
  for (const name of ['plainHttp', 'tokensWithoutIssuer'] as const) {
    assert(!options.dangerous?.[name], `You must not provide both 'provider' and 'dangerous.${name}'`);
  }
  providerFacts(provider);
}

/** The provider that the environment names, where neither options nor other variables name an issuer. */
export function providerOfEnvironment(options: AuthOptions): ProviderOptions | undefined {
  const { env } = process;
  const isSaid = SAID_BY_PRESETS.some((name) => name !== 'audience' && options[name] !== undefined);
  if (isSaid || !env.PROVIDER) return undefined;
  for (const variable of ['ISSUER_BASE_URL', 'ISSUER', 'JWKS_URI', 'SECRET', 'TOKEN_SIGNING_ALG']) {
    assert(!env[variable], `You must not provide both the variables PROVIDER and ${variable}`);
  }
  return providerFromVariables(env) as ProviderOptions | undefined;
}

/** The identifiers of its issuers. */
export function issuersOf(provider: ProviderOptions): string[] {
  return providerFacts(provider).issuers;
}

/** Whom its tokens must be for, where they say it in `aud`. */
export function audiencesOf(provider: ProviderOptions): string[] {
  return providerFacts(provider).audiences;
}

/** The header that has its tokens, in lower case; `undefined` where that is `Authorization`. */
export function headerOfProvider(provider: ProviderOptions): string | undefined {
  return providerFacts(provider).header;
}
