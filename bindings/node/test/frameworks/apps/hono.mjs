// Hono on Node.js.

import { createAdaptorServer } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { auth } from 'bearward/hono';
import { Hono } from 'hono';
import { FAILURE, MAX_HEADER_BYTES, PROXY, ROUTES, serves, listening } from '../demo.mjs';

export async function start(options) {
  const api = auth({ ...options, trustProxy: (c) => getConnInfo(c).remote.address === PROXY });
  const app = new Hono();
  for (const route of ROUTES) {
    const { path, requirement, answer } = route;
    const middlewares = route.protected ? [requirement === undefined ? api : api.require(requirement)] : [];
    app.all(path, ...middlewares, (c) =>
      serves(route, c.req.method) ? c.json(answer({ auth: c.get('auth'), params: c.req.param() })) : c.body(null, 405),
    );
  }
  app.onError((error) => {
    // The package is linked here, with a Hono beside it: the class is another copy's.
    if (!('getResponse' in error)) throw error;
    const response = error.getResponse();
    response.headers.set(FAILURE, error.cause.code);
    return response;
  });
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: { maxHeaderSize: MAX_HEADER_BYTES } });
  return listening(server);
}
