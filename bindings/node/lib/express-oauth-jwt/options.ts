// The options of `secure()`.

import { checkNumber } from '../express/claims';
import { checkNames } from '../misspelling';
import { advice, misspeltVariables } from '../environment';
import { seconds } from '../options/written-settings';
import type { IssuerSettings, Settings } from '../generated/settings';
import { ASYMMETRIC, isAsymmetric, isSymmetric, SYMMETRIC } from '../options/issuer-checks';
import { emptyOptions, refuseUnset } from '../options/unset';
import { Guard } from '../protect/guard';
import { writeRequirement } from '../protect/written-requirement';
import { and, claim, or, type Requirement, scopes } from '../requirement';

/** A claim that must be there, and, with a value, be or include it. */
export interface Claim {
  name: string;
  value?: string | number | boolean;
}

export interface Options {
  /** Scopes that must all be granted; compared whole. */
  scope?: string[];
  claims?: Claim[];
  /** The realm of the challenge. */
  realm?: string;
  /** The exact `iss` of the tokens. A value for `iss` in `claims` is used as well. Environment: `ISSUER`. */
  issuer?: string;
  /** The audience of tokens. A value for `aud` in `claims` is used as well. Environment: `AUDIENCE`. */
  audience?: string | string[];
  /** The algorithms tokens may be signed with. Default: every asymmetric one. */
  algorithms?: string[];
  /** How far clocks may differ, in seconds. Default 5. */
  clockTolerance?: number;
  /** Settings that weaken the protection. Each is here to be found by searching for `dangerous`. */
  dangerous?: {
    /** Accepts tokens of any issuer whose key is found. */
    anyIssuer?: boolean;
    /** Accepts tokens for any audience: one made for another API of the same server passes here. */
    anyAudience?: boolean;
    /** Accepts tokens that never expire. */
    noExpiry?: boolean;
    /** Fetches keys over plain http from any host, not only from this machine. */
    plainHttp?: boolean;
  };
}

export interface ResolvedOptions {
  /** What every token must have, as JSON for the core; `undefined` where it need only be good. */
  requirement: string | undefined;
  challenge: string;
  issuer: string | undefined;
  algorithms: string[] | undefined;
  plainHttp: boolean;
  settings: Settings;
}

const ANY = 'any issuer';

const NAMES: Record<keyof Options, true> = {
  scope: true,
  claims: true,
  realm: true,
  issuer: true,
  audience: true,
  algorithms: true,
  clockTolerance: true,
  dangerous: true,
};
const CLAIM_NAMES: Record<keyof Claim, true> = { name: true, value: true };
const DANGEROUS_NAMES: Record<keyof NonNullable<Options['dangerous']>, true> = {
  anyIssuer: true,
  anyAudience: true,
  noExpiry: true,
  plainHttp: true,
};
const ELSEWHERE = {
  algorithm: "'algorithms'",
  tokenSigningAlg: "'algorithms'",
  requiredScopes: "'scope'",
  requiredClaims: "'claims'",
  issuerBaseURL: "'issuer'",
  anyIssuer: "'dangerous.anyIssuer'",
  anyAudience: "'dangerous.anyAudience'",
  noExpiry: "'dangerous.noExpiry'",
  plainHttp: "'dangerous.plainHttp'",
};
const CLAIM_ELSEWHERE = { claim: "'name'", equals: "'value'", is: "'value'" };

/** Throws at a name that no option has: a scope under `scopes`, or a value under `values`, would not be required. */
function checkOptionNames(options: Options): void {
  checkNames('secure()', options, Object.keys(NAMES), ELSEWHERE);
  checkNames("'dangerous'", options.dangerous ?? {}, Object.keys(DANGEROUS_NAMES));
  for (const claim of Array.isArray(options.claims) ? options.claims : []) {
    checkNames('a claim', claim, Object.keys(CLAIM_NAMES), CLAIM_ELSEWHERE);
    if (typeof claim.name !== 'string') throw new TypeError("a claim of secure() must have a 'name'");
  }
}

/** The text `'false'` is as true as `true`, and would weaken what `dangerous` names. */
function checkValues({ dangerous = {}, algorithms, clockTolerance }: Options): void {
  for (const [name, value] of Object.entries(dangerous)) {
    if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`'dangerous.${name}' must be a boolean`);
  }
  const isList = Array.isArray(algorithms) && algorithms.length > 0;
  const unknown = isList ? algorithms.find((one) => !isAsymmetric(one) && !isSymmetric(one)) : algorithms;
  if (unknown !== undefined) {
    throw new TypeError(`'algorithms' must be a list of names such as ${[...ASYMMETRIC, ...SYMMETRIC].join(', ')}`);
  }
  if (clockTolerance !== undefined && !(Number.isFinite(clockTolerance) && clockTolerance >= 0)) {
    throw new TypeError("'clockTolerance' must be a number of seconds");
  }
}

/** Fills in what is left out. Throws what the operator must mend. */
export function resolveOptions(options: Options = {}): ResolvedOptions {
  checkOptionNames(options);
  refuseUnset(options, 'algorithms', 'algorithms', 'every asymmetric algorithm may sign a token');
  checkValues(options);
  const { scope = [], claims = [], realm = '', dangerous = {} } = options;
  if (!Array.isArray(scope)) throw new TypeError("'scope' must be an array of strings");
  if (!Array.isArray(claims)) throw new TypeError("'claims' must be an array");
  for (const { name, value } of claims) checkNumber(value, `the value of the claim '${name}'`);
  if (/[^ -~]|["\\]/.test(realm)) throw new TypeError("'realm' must be printable ASCII without quotes");
  const claimed = (name: string) => claims.find((claim) => claim.name === name && claim.value)?.value?.toString();
  // What is empty is as good as absent, and what is absent must be allowed by name.
  const issuer = options.issuer || claimed('iss') || process.env.ISSUER || undefined;
  const given = options.audience?.length === 0 ? undefined : options.audience;
  const audience = given ?? claimed('aud') ?? (process.env.AUDIENCE || undefined);
  const problem = 'a token made for somebody else would pass';
  if (!issuer && !dangerous.anyIssuer) {
    throw new Error(
      `secure: say whose tokens count, with { issuer: 'https://…' } or a value for iss in claims; otherwise ${problem}${emptyOptions(options, ['issuer'])}${advice(misspeltVariables(['ISSUER']))}`,
    );
  }
  if (audience === undefined && !dangerous.anyAudience) {
    throw new Error(
      `secure: say whom tokens must be for, with { audience: 'https://…' } or a value for aud in claims; otherwise ${problem}${emptyOptions(options, ['audience'])}${advice(misspeltVariables(['AUDIENCE']))}`,
    );
  }
  return {
    requirement: requirementOf(scope, claims),
    challenge: realm === '' ? 'Bearer' : `Bearer realm="${realm}"`,
    issuer,
    algorithms: options.algorithms,
    plainHttp: dangerous.plainHttp ?? false,
    settings: {
      audiences: audience === undefined ? [] : [audience].flat(),
      clock_tolerance: seconds(options.clockTolerance ?? 5),
      // No scheme but `Bearer` is looked at.
      dpop: { mode: 'off' },
      dangerous: {
        allow_any_issuer: issuer === undefined,
        allow_any_audience: audience === undefined,
        allow_tokens_without_expiry: dangerous.noExpiry ?? false,
      },
    },
  };
}

/** Scopes and claims as one requirement. Throws what cannot be required. */
function requirementOf(scope: string[], list: Claim[]): string | undefined {
  const parts = [...(scope.length > 0 ? [scopes(...scope)] : []), ...list.map(claimRequirement)];
  if (parts.length === 0) return undefined;
  const requirement = and(...parts);
  Guard.checkRequirement(requirement);
  return writeRequirement(requirement);
}

/** A claim with a value is that, or a list that has it; one without is there, and not `null`. */
function claimRequirement({ name, value }: Claim): Requirement {
  const path = [name];
  if (value === undefined || value === '') return claim(path, { exists: true });
  return or(claim(path, { equals: value }), claim(path, { includes: [value] }));
}

/** The engine's settings for one source of keys. */
export function engineSettings(
  options: ResolvedOptions,
  keys: IssuerSettings,
  algorithms = options.algorithms,
): Settings {
  const issuer = {
    issuer: options.issuer ?? ANY,
    ...keys,
    ...(algorithms !== undefined && { algorithms }),
    ...(options.plainHttp && { dangerous: { allow_plain_http: true } }),
  };
  return { ...options.settings, issuers: [issuer] };
}
