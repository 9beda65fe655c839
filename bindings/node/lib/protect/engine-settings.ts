// The settings of an engine that the options of one `auth()` say.

import type { DocumentLimits } from '../engine/documents';
import type { Settings } from '../generated/settings';
import { GROUPS, OPTIONS } from '../option-table';
import type { ResolvedOptions } from '../options/options';
import { organizationClaimSettings } from '../options/organization-claim';
import { placeSettings } from '../options/token-place';
import { milliseconds, seconds, written } from '../options/written-settings';
import { resourceSettings } from './resource-settings';
import type { SenderRules } from './sender-rules';
import type { CompiledValidators } from './compiled-validators';

const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60;

/** Settings of an engine that only looks at requirements. */
export const SCRATCH: Settings = { audiences: ['scratch'], limits: { max_cached_tokens: 0 } };

export function settingsOf(options: ResolvedOptions, validators: CompiledValidators, senders: SenderRules): Settings {
  const { clockTolerance, organizationClaim, tokenPlace, provider, resource, cache } = options;
  const { cooldown, maxAge, metadataAge } = agesOf(options);
  const tolerance = seconds(clockTolerance);
  const exceeds = (options.dangerous?.clockTolerance ?? false) && clockTolerance > MINUTE;
  const plain = written(OPTIONS, options);
  return {
    ...plain,
    issuers: provider === undefined ? [] : [{ provider }],
    // Left out where every issuer says what takes its place.
    audiences: validators.dangerous.allow_any_audience || options.audience === '' ? [] : [options.audience].flat(),
    profile: validators.strict ? 'rfc9068' : 'compatible',
    ...(!exceeds && { clock_tolerance: tolerance }),
    key_sets: {
      cooldown: milliseconds(cooldown),
      max_age: milliseconds(maxAge),
      max_metadata_age: milliseconds(metadataAge),
    },
    limits: {
      ...plain.limits,
      max_resolved_issuers: Math.max(cache?.discovery?.maxEntries ?? 100, listLength(options)),
    },
    ...(organizationClaim !== undefined && { organization_claim: organizationClaimSettings(organizationClaim) }),
    ...senders.settings,
    ...(tokenPlace !== undefined && { token_place: placeSettings(tokenPlace) }),
    ...(resource !== undefined && { resource: resourceSettings(resource, options, senders) }),
    dangerous: {
      ...validators.dangerous,
      ...written(GROUPS.dangerous, options.dangerous).dangerous,
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
