// One request, and of its answer all that a client can tell refusals apart by.

import { once } from 'node:events';
import http from 'node:http';

/** `headers` is a list of pairs, so that one can be sent twice. */
export async function request(base, path, { method = 'GET', token, headers = [] } = {}) {
  const { host, hostname, port } = new URL(base);
  const sent = [['Host', host], ...headers];
  if (token !== undefined) sent.push(['Authorization', `Bearer ${token}`]);
  const outgoing = http.request({ hostname, port, path, method, headers: sent.flat(), agent: false });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { response, text };
}

/** The status, the challenge and the body, and whether and how long the answer may be kept. */
export async function ask(base, path, options) {
  const { response, text } = await request(base, path, options);
  const {
    'www-authenticate': challenge,
    'cache-control': caching,
    'retry-after': retryAfter,
    allow,
  } = response.headers;
  const type = response.headers['content-type']?.split(';')[0];
  return { status: response.statusCode, challenge, caching, retryAfter, allow, type, text };
}
