// ES modules.

import express from 'express';
import { createRemoteJWKSet } from 'jose';
import { scopes, type Requirement } from 'bearward';
import { auth, authorize, organization } from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';

const requirement: Requirement = { and: [scopes('a'), { claim: { path: 'role', equals: 'admin' } }] };
const api = auth({ issuerBaseURL: 'https://issuer.example', audience: 'api', mcd: undefined as never });
express()
  .get('/a', api.require(organization({ fromPath: 'org' })))
  .get('/b', api, authorize(requirement))
  .get(
    '/c',
    secure(createRemoteJWKSet(new URL('https://issuer.example/jwks')), {
      issuer: 'https://issuer.example',
      audience: 'api',
    }),
  );
auth({ provider: { cognito: { region: 'eu-west-1', pool: 'eu-west-1_AbCdEf123', clients: ['1example'] } } });
// @ts-expect-error a preset has its own settings alone
auth({ provider: { cognito: { region: 'eu-west-1', pool: 'eu-west-1_AbCdEf123', client: '1example' } } });
// @ts-expect-error a requirement is one of the known ones
authorize({ scopes: ['a'] });
