// Pages for the probes of an orchestrator or a load balancer.

import type { ServerResponse } from 'node:http';
import type { Operated } from '../protect/health';
import type { Request } from '../request/request';
import type { Handler, Next } from './handler';
import { refuseRequest } from '../uncalled';
import { callToPermit, checkCall, refuse, settled } from './outcome';

/** Answers `GET /livez` with 200, and `GET /readyz` with 200 where tokens can be verified and 503 where no issuer's keys are in
 * hand: `app.use(health(api))` with `api = auth(…)`. Every other request goes on. It must be before what asks for a token; the
 * answers name no issuer. A probe waits for nothing: the first one starts the fetch of the keys. */
export function health(api: Pick<Operated, 'health'>): Handler {
  refuseRequest('health()', [api]);
  if (typeof (api as Partial<Operated> | undefined | null)?.health !== 'function') {
    throw new TypeError('health() needs what auth() has returned: `const api = auth(…); app.use(health(api))`');
  }
  return (req: Request, res: ServerResponse, next?: Next) => {
    checkCall(res, next);
    try {
      if (answered(api, req, res)) return settled(res, undefined);
    } catch (error) {
      return refuse(res, next, error);
    }
    if (next !== undefined && next !== null) return settled(res, callToPermit(next));
    // By itself, as the whole of a server, it has no other page.
    res.statusCode = 404;
    res.end();
    return settled(res, undefined);
  };
}

function answered(api: Pick<Operated, 'health'>, req: Request, res: ServerResponse): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  switch (req.url?.split('?', 1)[0]) {
    case '/livez':
      answer(res, 200, '{"live":true}');
      return true;
    case '/readyz': {
      const { ready, readyIssuers, missingIssuers } = api.health();
      if (!ready) res.setHeader('Retry-After', '1');
      // The same text as of `bearward-axum`: a dashboard reads both.
      const body = { ready, ready_issuers: readyIssuers, missing_issuers: missingIssuers };
      answer(res, ready ? 200 : 503, JSON.stringify(body));
      return true;
    }
    default:
      return false;
  }
}

/** To `HEAD`, Node.js leaves the body out. */
function answer(res: ServerResponse, status: number, body: string): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(body);
}
