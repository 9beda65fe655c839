// The option `resource` as settings of the core: the metadata of a protected resource (RFC 9728), by which clients, those of
// MCP among them, find out who gives tokens for an API.

import { strict as assert } from 'node:assert';
import { describeResource, type ResourceDocument } from '../native/addon';
import type { ResourceSettings } from '../generated/settings';
import { GROUPS } from '../option-table';
import { listOf } from '../options/issuer-checks';
import type { ResolvedOptions } from '../options/options';
import { AS_TEXT, type ResourceOptions } from '../options/resource';
import { written } from '../options/written-settings';
import { isUrl } from '../js/realm';
import type { SenderRules } from './sender-rules';

/** The document of a resource that is described by itself. Throws what cannot be in it. */
export function describe(resource: ResourceOptions): ResourceDocument {
  return describeResource({ resource: settingsOf(resource), dpop: { mode: 'off' } });
}

/** The resource of an `auth()`. The engine adds what its other settings say. */
export function resourceSettings(
  resource: ResourceOptions,
  options: ResolvedOptions,
  senders: SenderRules,
): ResourceSettings {
  return {
    // The engine does not know those that are still to be discovered.
    authorization_servers: issuersOf(options),
    ...settingsOf(resource),
    client_certificates: senders.certificates === 'expected',
  };
}

function settingsOf(resource: ResourceOptions): ResourceSettings {
  const { identifier } = resource;
  assert(typeof identifier === 'string' && identifier, identifierNeeded(resource));
  return { identifier, ...written(GROUPS.resource, resource).resource };
}

function identifierNeeded(resource: ResourceOptions): string {
  const isObjectOfUrl = isUrl(resource) || isUrl(resource.identifier);
  return `'resource' must have an 'identifier'${isObjectOfUrl ? `, the URL of the API${AS_TEXT}` : ''}`;
}

function issuersOf({ issuer, issuerBaseURL, mcd, presetFacts }: ResolvedOptions): string[] {
  const named = presetFacts?.issuers ?? (mcd === undefined ? (issuer ?? issuerBaseURL) : mcd.issuers);
  const listed = named === undefined || typeof named === 'function' ? [] : listOf(named);
  return listed.map((one) => (typeof one === 'string' ? one : one.issuer));
}
