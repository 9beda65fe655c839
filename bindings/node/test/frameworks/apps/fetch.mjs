// `bearward/fetch` in a server of the form `{ fetch }`, which gives the adapter nothing but a Request.

import { createAdaptorServer } from '@hono/node-server';
import { protect, Refusal, refusalResponse } from 'bearward/fetch';
import { FAILURE, MAX_HEADER_BYTES, PROXY, ROUTES, serves, listening } from '../demo.mjs';

export async function start(options) {
  const peers = new WeakMap();
  const api = protect({ ...options, trustProxy: (request) => peers.get(request) === PROXY });
  const routes = ROUTES.map((route) => ({
    ...route,
    pattern: new RegExp(`^${route.path.replace(/:(\w+)/, '(?<$1>[^/]+)')}$`),
    protection: route.requirement === undefined ? api : api.require(route.requirement),
  }));

  async function answerTo(request) {
    const { pathname } = new URL(request.url);
    const route = routes.find(({ pattern }) => pattern.test(pathname));
    if (route === undefined) return new Response(null, { status: 404 });
    const params = Object.fromEntries(
      Object.entries(route.pattern.exec(pathname).groups ?? {}).map(([name, value]) => [
        name,
        decodeURIComponent(value),
      ]),
    );
    const answer = (_request, auth) =>
      serves(route, request.method)
        ? Response.json(route.answer({ auth, params }))
        : new Response(null, { status: 405 });
    if (!route.protected) return answer(request);
    // A handler answers by itself; the suite asks for the code of the failure as well.
    const { token, headers } = await route.protection.check(request, { params });
    const response = answer(request, token);
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  }

  const fetch = (request, { incoming }) => {
    // A Request by itself: that of the server is a view of what it has read.
    const plain = new Request(request);
    peers.set(plain, incoming.socket.remoteAddress);
    return answerTo(plain).catch((error) => {
      if (!(error instanceof Refusal)) throw error;
      const response = refusalResponse(error);
      response.headers.set(FAILURE, error.code);
      return response;
    });
  };
  const server = createAdaptorServer({ fetch, serverOptions: { maxHeaderSize: MAX_HEADER_BYTES } });
  return listening(server);
}
