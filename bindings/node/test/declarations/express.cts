// CommonJS, as most Express APIs are written. Compiled by `npm run test:types`, never run.

import express = require('express');
import { auth, type AuthOptions, claimCheck, claimEquals, claimIncludes, errorHandler, InsufficientScopeError, requiredScopes, requireOrganization, requireRoles, scopeIncludesAny, UnauthorizedError } from 'bearward/express';
import { getSimpleJwksService, secure } from 'bearward/express-oauth-jwt';

const options: AuthOptions = { issuerBaseURL: 'https://issuer.example', audience: ['a', 'b'], validators: { aud: false, sub: async (sub) => sub === 'x' } };
const app = express();
app.use(auth(options));
app.get(
  '/a',
  requiredScopes('a b'),
  scopeIncludesAny(['a', 'b']),
  claimEquals('role', 'admin'),
  claimIncludes('roles', 'a', 1, true, null),
  claimCheck((payload) => payload.sub === 'x', 'no'),
  requireOrganization({ fromPath: 'org' }),
  requireRoles('admin'),
  (req, res) => {
    const token: string | undefined = req.auth?.token;
    const sub: string | undefined = req.auth?.payload.sub;
    const alg: string | undefined = req.auth?.header.alg;
    const scopes: string[] | undefined = req.auth?.info.scopes;
    res.json({ token, sub, alg, scopes });
  },
);
app.get('/b', secure(getSimpleJwksService('https://issuer.example/jwks'), { issuer: 'https://issuer.example', audience: 'api', scope: ['a'], claims: [{ name: 'role', value: 'admin' }], realm: 'r' }), (req, res) => {
  res.json({ sub: req.claims?.sub });
});
app.use(errorHandler({ body: 'problem', words: 'core' }));
// @ts-expect-error nobody else's words
app.use(errorHandler({ words: 'mine' }));
const error: UnauthorizedError = new InsufficientScopeError(['a']);
const description: string = error.description;
const claim: string | undefined = error.claim;
const status: number = error.status;
const challenge: string = error.headers['WWW-Authenticate'];
// @ts-expect-error a secret is text
auth({ secret: 7 });
// @ts-expect-error an organization is named in a way that is known
requireOrganization({ fromCookie: 'org' });
export { challenge, claim, description, status };
