// What the options of one `auth()` come down to for its engine.

import type { DocumentLimits } from '../engine/documents';
import type { ResolvedOptions } from '../options/options';
import type { EngineSettings } from '../native/settings';
import { organizationClaimSettings } from '../options/organization-claim';
import { placeSettings } from '../options/token-place';
import type { Senders } from './senders';
import type { CompiledValidators } from './validators';

const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60;

/** Settings of an engine that only looks at requirements. */
export const SCRATCH: EngineSettings = {
  issuers: [],
  resolveIssuers: true,
  audiences: ['scratch'],
  strict: false,
  clockTolerance: 0,
  cooldown: 1000,
  maxAge: 1000,
  metadataAge: 1000,
  fetchTimeout: 1000,
  cachedTokens: 0,
  dangerous: {},
};

export function settingsOf(options: ResolvedOptions, validators: CompiledValidators, senders: Senders): EngineSettings {
  const { cache, clockTolerance, maxTokenAge, organizationClaim, tokenPlace, provider, dangerous } = options;
  const metadataAge = cache?.discovery?.ttl ?? options.cacheMaxAge;
  const maxAge = Math.min(cache?.jwks?.ttl ?? Number.POSITIVE_INFINITY, options.cacheMaxAge);
  const { anyAudience } = validators.dangerous;
  return {
    issuers: [],
    ...(provider !== undefined && { provider }),
    resolveIssuers: false,
    // Left out where every issuer says what takes its place.
    audiences: anyAudience || options.audience === '' ? [] : [options.audience].flat(),
    strict: validators.strict,
    clockTolerance: clockTolerance * 1000,
    ...(maxTokenAge && { maxTokenAge: maxTokenAge * 1000 }),
    // What is shorter would let made-up key names flood the authorization server; what is longer would
    // keep withdrawn keys for as long.
    cooldown: Math.max(1000, options.cooldownDuration),
    maxAge: Math.min(DAY, Math.max(1000, maxAge)),
    metadataAge: Math.min(DAY, Math.max(1000, metadataAge)),
    fetchTimeout: options.timeoutDuration,
    resolvedIssuers: Math.max(cache?.discovery?.maxEntries ?? 100, listLength(options)),
    ...(organizationClaim !== undefined && { organizationClaim: organizationClaimSettings(organizationClaim) }),
    sender: senders.settings,
    ...(tokenPlace !== undefined && { tokenPlace: placeSettings(tokenPlace) }),
    sharedRevocations: senders.stores.revocations !== undefined,
    dangerous: {
      ...validators.dangerous,
      tokensWithoutIssuer: dangerous?.tokensWithoutIssuer ?? false,
      queryTokens: dangerous?.queryTokens ?? false,
      clockTolerance: (dangerous?.clockTolerance ?? false) && clockTolerance > MINUTE,
    },
  };
}

/** How long an engine that is built anew uses documents that were fetched before it: for as long as a key server is
 * left alone by tokens of unknown keys, and no longer than documents count. */
export function documentLimits({ cooldown, maxAge, metadataAge }: EngineSettings): DocumentLimits {
  return { age: Math.min(cooldown, maxAge, metadataAge, MINUTE * 1000), entries: 20_000, bytes: 32 * 1024 * 1024 };
}

/** Issuers that are written down are all kept, whatever the bound on those that are made up at run time. */
function listLength({ mcd }: ResolvedOptions): number {
  return Array.isArray(mcd?.issuers) ? mcd.issuers.length : 1;
}
