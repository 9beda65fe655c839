// hapi, as an ES module.

import Hapi from '@hapi/hapi';
import { bearward, type HapiOptions, type RequestAuth, role } from 'bearward/hapi';

const server = Hapi.server();
await server.register(bearward);
const options: HapiOptions = {
  issuer: 'https://issuer.example',
  audience: 'api',
  trustProxy: ({ info }) => info === null,
};
server.auth.strategy('api', 'bearward', options);
server.auth.strategy('admins', 'bearward', { ...options, requirement: role('admin') });
server.auth.default({ strategy: 'api', mode: 'optional', scope: ['a'] });
server.route({
  method: 'GET',
  path: '/',
  handler: ({ auth }) => {
    const token = auth.artifacts as unknown as RequestAuth;
    return [token.info.sub, auth.credentials.scope];
  },
});
// @ts-expect-error a misspelt option
({ audiance: 'api' }) satisfies HapiOptions;
// @ts-expect-error modes say it
({ authRequired: false }) satisfies HapiOptions;
