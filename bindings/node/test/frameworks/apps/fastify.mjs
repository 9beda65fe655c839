import { bearward, Refusal } from 'bearward/fastify';
import Fastify from 'fastify';
import { FAILURE, MAX_HEADER_BYTES, PROXY, ROUTES, serves } from '../demo.mjs';

export async function start(options) {
  const app = Fastify({ trustProxy: PROXY, http: { maxHeaderSize: MAX_HEADER_BYTES } });
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof Refusal)) return reply.send(error);
    const { statusCode, headers, body, code } = error;
    // Of a text Fastify would name the character set.
    return reply
      .code(statusCode)
      .headers({ ...headers, [FAILURE]: code })
      .send(Buffer.from(body));
  });
  // The suite sends a body of a type that Fastify does not read.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  await app.register(bearward, options);
  for (const route of ROUTES) {
    const { path, method = 'GET', protected: isProtected, requirement, answer } = route;
    const needs = requirement === undefined ? [] : [{ requirement }];
    const protection = isProtected ? { onRequest: app.requireAuth(...needs) } : {};
    app.route({ method, url: path, ...protection, handler: async ({ auth, params }) => answer({ auth, params }) });
    const others = app.supportedMethods.filter((one) => !serves(route, one));
    app.route({ method: others, url: path, ...protection, handler: (_request, reply) => reply.code(405).send() });
  }
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    port: app.server.address().port,
    close() {
      app.server.closeAllConnections();
      return app.close();
    },
  };
}
