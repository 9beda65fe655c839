// ES modules.

import express from 'express';
import { createRemoteJWKSet } from 'jose';
import { type Granted, protect, Refusal, type Requirement, scopes } from 'bearward';
import { auth, authorize, organization } from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';

const protection = protect({ issuer: 'https://issuer.example', audience: 'api' });
const granted: Granted = await protection.check({ method: 'GET', url: '/', headers: { authorization: 'Bearer a' } });
granted.auth.scopes satisfies string[];
protection.require(scopes('a')).decide(
  { method: 'GET', url: '/', headers: {} },
  ({ auth: { info }, headers }) => [info.sub, headers['DPoP-Nonce']],
  (refusal: Refusal) => [refusal.status, refusal.headers, refusal.body, refusal.code],
);
// @ts-expect-error a refusal needs a function of its own
protection.decide({ method: 'GET', url: '/', headers: {} }, () => {});
const optional = await protect({ audience: 'api', authRequired: false }).check({ headers: {} });
// @ts-expect-error without a token there is no subject
optional.auth.info.sub;
// @ts-expect-error nobody makes a refusal
new Refusal('no');

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
