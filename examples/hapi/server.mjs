// An API of hapi: `node server.mjs --issuer URL --audience AUDIENCE --port PORT`.

import { parseArgs } from 'node:util';
import Hapi from '@hapi/hapi';
import { bearward, organization, Refusal } from 'bearward/hapi';

const { values } = parseArgs({
  options: { issuer: { type: 'string' }, audience: { type: 'string' }, port: { type: 'string', default: '3000' } },
});

const server = Hapi.server({ port: Number(values.port), host: '127.0.0.1' });
await server.register(bearward);

// A strategy for each requirement; they share keys and caches. hapi checks scopes by itself.
const api = { issuer: values.issuer, audience: values.audience };
server.auth.strategy('api', 'bearward', api);
server.auth.strategy('member', 'bearward', { ...api, requirement: organization({ fromPath: 'org' }) });
server.auth.default('api');

// A refusal has the challenge already; this gives it the body that OAuth 2.0 describes.
server.ext('onPreResponse', ({ response }, h) => {
  if (response instanceof Refusal) response.output.payload = JSON.parse(response.body);
  return h.continue;
});

server.route([
  { method: 'GET', path: '/api/public', options: { auth: false }, handler: () => ({ message: 'Anyone may read this.' }) },
  { method: 'GET', path: '/api/private', handler: ({ auth }) => auth.artifacts.info },
  { method: 'GET', path: '/api/messages', options: { auth: { scope: 'read:messages' } }, handler: () => ['hello'] },
  { method: 'GET', path: '/api/organizations/{org}', options: { auth: 'member' }, handler: ({ params }) => params.org },
]);

await server.start();
console.log(server.info.uri);
