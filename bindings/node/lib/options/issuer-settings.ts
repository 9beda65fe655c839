// What the options say of one issuer, as settings of the core: of the one that they are about, or of one in `mcd.issuers`.
//
// An option that both have is a member of `AsymmetricIssuerConfig`, a row of `ISSUER` that `OPTIONS` repeats, and a line here.

import { strict as assert } from 'node:assert';
import { secret } from './written-settings';
import type { IssuerSettings } from '../generated/settings';
import { isUint8Array } from '../js/realm';
import type { AsymmetricIssuerConfig, AuthOptions, SymmetricIssuerConfig } from './options';
import { organizationClaimSettings } from './organization-claim';
import { audienceSubstituteSettings } from './without-audience';

type Given<Options> = { [Name in keyof Options]?: Options[Name] | undefined };

/** Where the keys of an issuer are. */
type KeySource = Given<
  Pick<AsymmetricIssuerConfig, 'jwksUri' | 'publicKey'> & Partial<Pick<SymmetricIssuerConfig, 'secret'>>
>;

/** What an issuer says of its tokens. */
export type OfTokens = Given<
  Pick<AsymmetricIssuerConfig, 'tokensWithoutAudience' | 'organizationClaim' | 'secretBesideKeys'>
>;

/** What the options about one issuer have, and those about several have for each: how it is written there. */
const EACH_ISSUERS_OWN = { secretBesideKeys: '"..."', tokensWithoutAudience: '{ ... }' } as const;

/** Throws what does not go together in the options about one issuer. */
export function checkOneIssuer(options: AuthOptions): void {
  const { mcd, secret, secretBesideKeys, tokensWithoutAudience } = options;
  for (const [name, example] of Object.entries(EACH_ISSUERS_OWN)) {
    assert(
      !(mcd && options[name as keyof typeof EACH_ISSUERS_OWN]),
      `You must not provide both 'mcd' and '${name}'. Specify it per-issuer in the issuer configuration: ` +
        `{ issuer: "...", ${name}: ${example} }`,
    );
  }
  assert(!(secret && secretBesideKeys !== undefined), "You must not provide both a 'secret' and 'secretBesideKeys'");
  if (tokensWithoutAudience !== undefined) audienceSubstituteSettings(tokensWithoutAudience);
}

/** Where its keys are; `undefined` where its metadata say so. */
export function keySettings({ jwksUri, publicKey, ...source }: KeySource): IssuerSettings | undefined {
  if (source.secret) return { shared_secret: secret(source.secret) };
  if (typeof publicKey === 'string') return { public_key_pem: publicKey };
  if (publicKey) return { static_keys: JSON.stringify(publicKey) };
  return jwksUri ? { jwks_uri: jwksUri } : undefined;
}

/** The rest: its algorithm, and what it says of its tokens. */
export function tokenSettings(alg: string | undefined, given: OfTokens): IssuerSettings {
  const { tokensWithoutAudience, organizationClaim, secretBesideKeys: beside } = given;
  // Any other value must not be quoted.
  assert(
    beside === undefined || typeof beside === 'string' || isUint8Array(beside),
    "'secretBesideKeys' must be a string or a Uint8Array",
  );
  return {
    ...(beside !== undefined && { shared_secret_beside_keys: secret(beside) }),
    ...(alg !== undefined && alg !== '' && { algorithms: beside === undefined ? [alg] : [alg, 'HS256'] }),
    ...(tokensWithoutAudience !== undefined && {
      tokens_without_audience: audienceSubstituteSettings(tokensWithoutAudience),
    }),
    ...(organizationClaim !== undefined && { organization_claim: organizationClaimSettings(organizationClaim) }),
  };
}
