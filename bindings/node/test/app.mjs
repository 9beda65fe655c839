// An Express app to send requests to, and a client that can send what `fetch` would not.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import http from 'node:http';

const require = createRequire(import.meta.url);

/** Both major versions, as the tests name them. */
export const EXPRESS = [
  ['Express 4', require('express4')],
  ['Express 5', require('express')],
];
export const express = require('express');

const ALGS = 'algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519"';

/** What follows Bearer's challenge, in the one header that the original writes. */
export const AND_DPOP = `, DPoP ${ALGS}`;
/** DPoP's challenge, in the words of the core. */
export const DPOP_TOO = `DPoP realm="api", ${ALGS}`;

/** Serves `routes(app)`; errors become `{ status, name, message, code, reason }`. */
export async function serve(routes, framework = express) {
  const app = framework();
  routes(app);
  app.use((error, _req, res, _next) => {
    res.status(error.status ?? 599).set(error.headers ?? {});
    const { name, message, code, reason } = error;
    res.json({ name, message, code, reason });
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    port,
    send: (path, options) => send(port, path, options),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

/** `headers` may be a list of pairs, to send one twice. */
export async function send(port, path, { method = 'GET', headers = {}, token, body } = {}) {
  const list = Array.isArray(headers) ? headers.flat() : Object.entries(headers).flat();
  if (token !== undefined) list.push('Authorization', `Bearer ${token}`);
  list.push('Host', `127.0.0.1:${port}`);
  if (body !== undefined) list.push('Content-Length', String(Buffer.byteLength(body)));
  const request = http.request({ host: '127.0.0.1', port, path, method, headers: list, agent: false });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const raw = response.rawHeaders.filter(
    (_, at, all) => at % 2 === 1 && all[at - 1].toLowerCase() === 'www-authenticate',
  );
  return {
    status: response.statusCode,
    headers: response.headers,
    challenge: response.headers['www-authenticate'],
    challenges: raw,
    text,
    json,
  };
}
