// The options of an MCP server: those of `auth()`, with the server's URL as resource and audience.

import { strict as assert } from 'node:assert';
import type { AuthOptions } from '../options/options';
import { AS_TEXT, type ResourceOptions } from '../options/resource';
import { without } from '../options/snapshot';
import { isUrl } from '../js/realm';
import { refuseRequest } from '../uncalled';

/** The options of `auth()` of `bearward/express`, for a server of the Model Context Protocol. */
export interface McpOptions extends Omit<AuthOptions, 'resource' | 'authRequired'> {
  /** The URL of the server, to the letter as clients are given it, or all that clients are told of it (RFC 9728). */
  resource: string | ResourceOptions;
  /** Whom tokens must be for. Default: the resource, as clients ask for it (RFC 8707). For authorization servers that write
   * an audience of their own. */
  audience?: string | string[];
}

/** With `audience`, unless it is given. */
export function mcpOptions(given: McpOptions): AuthOptions {
  refuseRequest('protect()', [given]);
  const resource = typeof given?.resource === 'string' ? { identifier: given.resource } : given?.resource;
  const { identifier } = { ...resource };
  assert(
    typeof identifier === 'string' && identifier !== '',
    `'resource' must be the URL of the MCP server${[resource, identifier].some(isUrl) ? AS_TEXT : ''}`,
  );
  assert(
    !Object.hasOwn(given, 'authRequired'),
    "bearward/mcp has no option 'authRequired': a token is always required",
  );
  const audience = given.audience ?? namesOf(identifier);
  return Object.assign(without(given, 'resource'), { resource, audience });
}

/** The names by which an authorization server may write the resource into `aud`: the text as clients are given it, and with
 * scheme and host in lower case, each with and without the last slash. */
function namesOf(identifier: string): string[] {
  const canonical = URL.canParse(identifier) ? new URL(identifier).href : identifier;
  const names = [identifier, canonical].flatMap((name) => {
    const bare = name.replace(/\/$/, '');
    return name.includes('?') ? [name] : [bare, `${bare}/`];
  });
  return [...new Set([identifier, ...names])];
}
