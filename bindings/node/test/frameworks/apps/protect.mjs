// `protect()` alone, behind node:http.

import http from 'node:http';
import { protect, Refusal } from 'bearward';
import { FAILURE, MAX_HEADER_BYTES, PROXY, ROUTES, serves, listening } from '../demo.mjs';

export async function start(options) {
  const api = protect(options);
  const routes = ROUTES.map((route) => ({
    ...route,
    pattern: new RegExp(`^${route.path.replace(/:(\w+)/, '(?<$1>[^/]+)')}$`),
    protection: route.requirement === undefined ? api : api.require(route.requirement),
  }));

  const server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES }, async (req, res) => {
    const path = req.url.split('?', 1)[0];
    const route = routes.find(({ pattern }) => pattern.test(path));
    if (route === undefined) return res.writeHead(404).end();
    const named = Object.entries(route.pattern.exec(path).groups ?? {});
    const params = Object.fromEntries(named.map(([name, value]) => [name, decodeURIComponent(value)]));
    try {
      const { method, url, headers, rawHeaders, socket } = req;
      const trusted = socket.remoteAddress === PROXY;
      const granted = route.protected
        ? await route.protection.check({ method, url, headers, rawHeaders, socket, params, trusted })
        : { headers: {} };
      if (!serves(route, method)) return res.writeHead(405).end();
      const body = JSON.stringify(route.answer({ auth: granted.auth, params }));
      return res.writeHead(200, { 'Content-Type': 'application/json', ...granted.headers }).end(body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return res.writeHead(error.status, { ...error.headers, [FAILURE]: error.code }).end(error.body);
    }
  });

  return listening(server);
}
