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
  .get('/c', secure(createRemoteJWKSet(new URL('https://issuer.example/jwks')), { issuer: 'https://issuer.example', audience: 'api' }));
// @ts-expect-error a requirement is one of the known ones
authorize({ scopes: ['a'] });
