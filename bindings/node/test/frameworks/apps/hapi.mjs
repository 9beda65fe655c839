import http from 'node:http';
import Hapi from '@hapi/hapi';
import { bearward, Refusal } from 'bearward/hapi';
import { FAILURE, MAX_HEADER_BYTES, PROXY, ROUTES, serves } from '../demo.mjs';

export async function start(options) {
  const listener = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  const server = Hapi.server({ host: '127.0.0.1', port: 0, listener });
  await server.register(bearward);
  server.ext('onPreResponse', ({ response }, h) => {
    if (!(response instanceof Refusal)) return h.continue;
    const answer = h.response(response.body).code(response.status).type('application/json').charset('');
    for (const [name, value] of Object.entries(response.output.headers)) answer.header(name, value);
    return answer.header(FAILURE, response.code);
  });
  const trustProxy = ({ info }) => info.remoteAddress === PROXY;
  for (const one of ROUTES) {
    const { path, protected: isProtected, requirement, answer } = one;
    if (isProtected)
      server.auth.strategy(path, 'bearward', { ...options, trustProxy, ...(requirement && { requirement }) });
    const handler = ({ auth, params, method }, h) =>
      serves(one, method.toUpperCase()) ? answer({ auth: auth.artifacts, params }) : h.response().code(405);
    const route = { path: path.replace(/:(\w+)/, '{$1}'), handler, options: { auth: isProtected ? path : false } };
    server.route([
      { method: 'GET', ...route },
      { method: '*', ...route },
    ]);
  }
  await server.start();
  return {
    port: server.info.port,
    close() {
      listener.closeAllConnections();
      return server.stop();
    },
  };
}
