// The option `provider`: a preset of the core knows the tokens of a provider, and the values say which installation it is.

import { strict as assert } from 'node:assert';
import { ISSUER_OPTIONS, VARIABLES } from '../environment';
import { type ProviderFacts, providerFacts, providerFromVariables } from '../native/addon';
import { optionsThat } from '../option-table';
import { isObject } from '../js/realm';
import type { AuthOptions } from './options';
import type { ProviderOptions } from '../generated/provider-options';
import { refuseUnset } from './unset';

/** What a preset says, or takes the place of. */
const SAID_BY_PRESETS = optionsThat((row) => row.isSaidByPreset);

/** What follows from the preset's values. Throws what cannot work, and what contradicts the preset or would be ignored
 * beside it. */
export function checkProvider(provider: ProviderOptions, options: AuthOptions): ProviderFacts {
  assert(
    isObject(provider),
    "'provider' must be an object with the name of one provider: { auth0: { domain, audience } }",
  );
  for (const name of SAID_BY_PRESETS) {
    assert(options[name] === undefined, `You must not provide both 'provider' and '${name}'`);
  }
  for (const name of ['iss', 'aud'] as const) {
    assert(options.validators?.[name] === undefined, `You must not provide both 'provider' and 'validators.${name}'`);
  }
  for (const name of ['plainHttp', 'tokensWithoutIssuer'] as const) {
    assert(!options.dangerous?.[name], `You must not provide both 'provider' and 'dangerous.${name}'`);
  }
  // JSON would leave a value out, and with it whose tokens are meant: `{ github_actions: { audience, owners: undefined } }`.
  for (const [name, values] of Object.entries(provider)) {
    for (const value of Object.keys(Object(values))) {
      refuseUnset(Object(values), value, `provider.${name}.${value}`, 'the preset needs none');
    }
  }
  return providerFacts(provider);
}

/** The provider that the environment names, where neither options nor other variables name an issuer. */
export function providerOfEnvironment(options: AuthOptions): ProviderOptions | undefined {
  const { env } = process;
  const isSaid = SAID_BY_PRESETS.some((name) => name !== 'audience' && options[name] !== undefined);
  if (isSaid || !env.PROVIDER) return undefined;
  for (const variable of ISSUER_OPTIONS.map((name) => VARIABLES[name])) {
    assert(!env[variable], `You must not provide both the variables PROVIDER and ${variable}`);
  }
  return providerFromVariables(env) as ProviderOptions | undefined;
}
