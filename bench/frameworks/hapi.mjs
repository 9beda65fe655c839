import Hapi from '@hapi/hapi';
import { bearward } from 'bearward/hapi';
import hapiJwt from 'hapi-auth-jwt2';
import jwksRsa from 'jwks-rsa';
import { jwksUri } from './keys.mjs';

export async function serve(protection, { issuer, audience, message, port, host }) {
  const server = Hapi.server({ port, host, debug: false });
  // An empty answer would be a 204.
  server.route({ method: 'GET', path: '/ready', handler: () => 'ready' });
  if (protection === 'empty') {
    server.auth.scheme('empty', () => ({ authenticate: (_request, h) => h.authenticated({ credentials: {} }) }));
    server.auth.strategy('api', 'empty');
  }
  if (protection === 'bearward') {
    await server.register(bearward);
    server.auth.strategy('api', 'bearward', { issuer, audience });
  }
  if (protection === 'incumbent') {
    await server.register(hapiJwt);
    server.auth.strategy('api', 'jwt', {
      complete: true,
      key: jwksRsa.hapiJwt2KeyAsync({ jwksUri: await jwksUri(issuer), cache: true }),
      validate: async () => ({ isValid: true }),
      verifyOptions: { audience, issuer },
    });
  }
  const auth = protection === 'none' ? false : 'api';
  server.route({ method: 'GET', path: '/api/messages', options: { auth }, handler: () => message });
  await server.start();
  return server.listener;
}
