import fastifyJwt from '@fastify/jwt';
import { bearward } from 'bearward/fastify';
import Fastify from 'fastify';
import buildGetJwks from 'get-jwks';

export async function serve(protection, { issuer, audience, message, port, host }) {
  const app = Fastify();
  const hooks = {
    none: () => [],
    empty: () => [(_request, _reply, done) => done()],
    async bearward() {
      await app.register(bearward, { issuer, audience });
      return [app.requireAuth()];
    },
    async incumbent() {
      const jwks = buildGetJwks({ issuersWhitelist: [issuer], providerDiscovery: true });
      await app.register(fastifyJwt, {
        decode: { complete: true },
        secret: (_request, { header: { kid, alg }, payload: { iss } }) => jwks.getPublicKey({ kid, alg, domain: iss }),
        verify: { allowedIss: issuer, allowedAud: audience },
      });
      app.setErrorHandler((_error, _request, reply) => reply.code(401).send());
      return [(request) => request.jwtVerify()];
    },
  };
  const onRequest = await hooks[protection]();
  app.get('/ready', async () => '');
  app.get('/api/messages', { onRequest }, async () => message);
  await app.listen({ port, host });
  return app.server;
}
