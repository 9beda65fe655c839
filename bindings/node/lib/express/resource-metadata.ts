// The metadata of a protected resource (RFC 9728): how clients, MCP clients among them, find out who gives tokens
// for an API.

import { strict as assert } from 'node:assert';
import type { ServerResponse } from 'node:http';
import type { ResourceDocument } from '../native/addon';
import { checkResourceNames } from '../options/option-names';
import type { ResourceOptions } from '../options/resource';
import type { Handler, Next } from './handler';
import type { Request } from '../request/request';
import { describe } from '../protect/resource-settings';
import { refuseRequest } from '../uncalled';
import { callToPermit, checkCall, settled } from './outcome';

/** What has a document to serve: `auth({ resource })`. */
export interface Described {
  readonly resourceMetadata: ResourceDocument | undefined;
}

/** Serves the metadata of a protected resource where clients look for it: `app.use(protectedResourceMetadata(api))`
 * with `api = auth({ resource, … })`, or with the resource itself. It must stand at the root of the host, outside
 * of routers with a path of their own, and before what asks for a token. Every other path goes on. */
export function protectedResourceMetadata(resource: Described | ResourceOptions): Handler {
  refuseRequest('protectedResourceMetadata()', [resource]);
  return serving(documentOf(resource), []);
}

const ROOT = '/.well-known/oauth-protected-resource';

/** The same at the root of the host as well, where clients of MCP look next. */
export function wellKnownMetadata(document: ResourceDocument): Handler {
  return serving(document, [ROOT]);
}

function serving(document: ResourceDocument, besides: readonly string[]): Handler {
  const paths = [document.path, document.rootPath, ...besides];
  return (req: Request, res: ServerResponse, next?: Next) => {
    checkCall(res, next);
    const path = (req.originalUrl ?? req.url ?? '').split('?', 1)[0] as string;
    if (paths.includes(path)) serve(document, req, res);
    else if (next !== undefined && next !== null) return settled(res, callToPermit(next));
    else notFound(res);
    return settled(res, undefined);
  };
}

/** By itself, as the whole of a server, it has no other page. */
function notFound(res: ServerResponse): void {
  res.statusCode = 404;
  res.end();
}

function serve(document: ResourceDocument, req: Request, res: ServerResponse): void {
  // The document is for everyone, so pages of any origin may read it: MCP clients run in browsers too.
  res.setHeader('Access-Control-Allow-Origin', '*');
  switch (req.method) {
    case 'GET':
    case 'HEAD':
      res.setHeader('Content-Type', 'application/json');
      res.setHeader('Cache-Control', 'public, max-age=3600');
      res.end(document.json);
      return;
    case 'OPTIONS':
      // Those clients name the version of MCP in a header, for which browsers ask leave first.
      res.setHeader('Access-Control-Allow-Methods', 'GET');
      res.setHeader('Access-Control-Allow-Headers', '*');
      res.statusCode = 204;
      res.end();
      return;
    default:
      res.setHeader('Allow', 'GET,HEAD,OPTIONS');
      res.statusCode = 405;
      res.end();
  }
}

function documentOf(resource: Described | ResourceOptions): ResourceDocument {
  if (typeof resource !== 'function' && 'identifier' in resource) {
    checkResourceNames(resource);
    return describe(resource);
  }
  const { resourceMetadata } = resource as Described;
  assert(resourceMetadata, "'protectedResourceMetadata' needs an auth() with a 'resource', or the resource itself");
  return resourceMetadata;
}
