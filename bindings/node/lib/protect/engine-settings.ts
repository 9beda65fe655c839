// The settings of an engine that the options of one `auth()` say.

import type { DocumentLimits } from '../engine/documents';
import { milliseconds, seconds } from '../native/setting-values';
import type { Settings } from '../native/settings';
import type { ResolvedOptions } from '../options/options';
import { organizationClaimSettings } from '../options/organization-claim';
import { placeSettings } from '../options/token-place';
import { resourceSettings } from './resource';
import type { Senders } from './senders';
import type { CompiledValidators } from './validators';

const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60;

/** Settings of an engine that only looks at requirements. */
export const SCRATCH: Settings = { audiences: ['scratch'], limits: { max_cached_tokens: 0 } };

export function settingsOf(options: ResolvedOptions, validators: CompiledValidators, senders: Senders): Settings {
  const { clockTolerance, maxTokenAge, organizationClaim, implies, tokenPlace, provider, resource, cache } = options;
  const { cooldown, maxAge, metadataAge } = agesOf(options);
  const tolerance = seconds(clockTolerance);
  const exceeds = (options.dangerous?.clockTolerance ?? false) && clockTolerance > MINUTE;
  return {
    issuers: provider === undefined ? [] : [{ provider }],
    // Left out where every issuer says what takes its place.
    audiences: validators.dangerous.allow_any_audience || options.audience === '' ? [] : [options.audience].flat(),
    profile: validators.strict ? 'rfc9068' : 'compatible',
    ...(!exceeds && { clock_tolerance: tolerance }),
    ...(maxTokenAge && { max_age: seconds(maxTokenAge) }),
    key_sets: {
      cooldown: milliseconds(cooldown),
      max_age: milliseconds(maxAge),
      max_metadata_age: milliseconds(metadataAge),
    },
    limits: {
      fetch_timeout: milliseconds(options.timeoutDuration),
      max_resolved_issuers: Math.max(cache?.discovery?.maxEntries ?? 100, listLength(options)),
    },
    ...(organizationClaim !== undefined && { organization_claim: organizationClaimSettings(organizationClaim) }),
    ...(implies !== undefined && { implies }),
    ...senders.settings,
    ...(tokenPlace !== undefined && { token_place: placeSettings(tokenPlace) }),
    ...(resource !== undefined && { resource: resourceSettings(resource, options, senders) }),
    dangerous: {
      ...validators.dangerous,
      allow_tokens_without_issuer: options.dangerous?.tokensWithoutIssuer ?? false,
      allow_query_tokens: options.dangerous?.queryTokens ?? false,
      ...(exceeds && { clock_tolerance: tolerance }),
    },
  };
}

/** How long an engine that is built anew uses documents that were fetched before it: for as long as a key server is
 * left alone by tokens of unknown keys, and no longer than the engine would use them. */
export function documentLimits(options: ResolvedOptions): DocumentLimits {
  const { cooldown, maxAge, metadataAge } = agesOf(options);
  return { age: Math.min(cooldown, maxAge, metadataAge, MINUTE * 1000), entries: 20_000, bytes: 32 * 1024 * 1024 };
}

/** In milliseconds. What is shorter would let made-up key names flood the authorization server; what is longer would
 * keep withdrawn keys for as long. */
function agesOf({ cache, cacheMaxAge, cooldownDuration }: ResolvedOptions) {
  const maxAge = Math.min(cache?.jwks?.ttl ?? Number.POSITIVE_INFINITY, cacheMaxAge);
  const metadataAge = cache?.discovery?.ttl ?? cacheMaxAge;
  const bounded = (age: number) => Math.min(DAY, Math.max(1000, age));
  return { cooldown: Math.max(1000, cooldownDuration), maxAge: bounded(maxAge), metadataAge: bounded(metadataAge) };
}

/** Configured issuers are all kept; the bound is for issuers that are resolved at run time. */
function listLength({ mcd }: ResolvedOptions): number {
  return Array.isArray(mcd?.issuers) ? mcd.issuers.length : 1;
}
