// A function that makes a middleware, given to a framework as if it were one: `app.use('/api', auth)` in place of
// `app.use('/api', auth({ … }))`. The framework then calls it with the request in the place of options.

import { isObject } from './js/realm';

/** Throws where one of these arguments is a request, a response or a context of a framework. */
export function refuseRequest(what: string, given: readonly unknown[]): void {
  if (!given.some(isOfRequest)) return;
  throw new TypeError(
    `${what} was called with a request. It makes what handles requests, so call it at the start of the application, and use` +
      ` what it returns: write \`${what.replace('()', '(…)')}\`, and not \`${what.replace('()', '')}\``,
  );
}

/** What frameworks hand over for a request: the request of Node.js, of fetch, of Fastify and hapi, its response, the contexts of
 * Koa, Hono and NestJS, a socket of Socket.IO. No options have members of these names. */
export function isOfRequest(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { headers, method, req, raw, handshake, switchToHttp } = value as Record<string, unknown>;
  if (isObject(headers) && typeof method === 'string') return true;
  return [req, raw, handshake].some(isObject) || typeof switchToHttp === 'function';
}
