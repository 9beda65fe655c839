// The metadata of a protected resource (RFC 9728): how clients, MCP clients among them, find out who gives tokens
// for an API.

import { strict as assert } from 'node:assert';
import { describeResource, type ResourceDocument } from '../native/addon';
import type { PlaceSettings, SenderSettings } from '../native/settings';
import type { ResourceOptions } from '../options/resource';

/** What the other options of an `auth()` say of its resource. */
export interface ResourceCircumstances {
  issuers: string[];
  sender: SenderSettings;
  certificates: boolean;
  queryTokens: boolean;
  tokenPlace?: PlaceSettings;
}

/** Those of a resource that is described by itself. */
export const STANDALONE: ResourceCircumstances = { issuers: [], sender: {}, certificates: false, queryTokens: false };

/** Writes the document. Throws what cannot stand in it. */
export function describe(options: ResourceOptions, circumstances: ResourceCircumstances): ResourceDocument {
  const { identifier, authorizationServers, scopes, name, documentation, members } = options;
  const { issuers, ...rest } = circumstances;
  assert(typeof identifier === 'string' && identifier, "'resource' must have an 'identifier'");
  return describeResource({
    identifier,
    issuers: authorizationServers ?? issuers,
    ...(scopes && { scopes }),
    ...(name !== undefined && { name }),
    ...(documentation !== undefined && { documentation }),
    ...(members && { members }),
    formTokens: false,
    ...rest,
  });
}
