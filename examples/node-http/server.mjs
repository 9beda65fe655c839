// An API without a framework: `node server.mjs --issuer URL --audience AUDIENCE --port PORT`.

import http from 'node:http';
import { parseArgs } from 'node:util';
import { protect, Refusal, scopes } from 'bearward';

const { values } = parseArgs({
  options: { issuer: { type: 'string' }, audience: { type: 'string' }, port: { type: 'string', default: '3000' } },
});

const api = protect({ issuer: values.issuer, audience: values.audience });

/** What each route needs of a request, and what it answers. One that is not listed is not found. */
const ROUTES = {
  'GET /api/private': { protection: api, handle: ({ auth }) => auth.info },
  'GET /api/messages': { protection: api.require(scopes('read:messages')), handle: () => ['hello'] },
};

const server = http.createServer(async (req, res) => {
  try {
    const route = ROUTES[`${req.method} ${req.url.split('?', 1)[0]}`];
    if (route === undefined) return res.writeHead(404).end();
    // Whatever is after this line runs for a good token alone: for any other, check() throws.
    const granted = await route.protection.check(req);
    const body = JSON.stringify(route.handle(granted));
    return res.writeHead(200, { 'Content-Type': 'application/json', ...granted.headers }).end(body);
  } catch (error) {
    if (error instanceof Refusal) return res.writeHead(error.status, error.headers).end(error.body);
    console.error(error);
    return res.writeHead(500).end();
  }
});

server.listen(Number(values.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
