// CommonJS, as most Express APIs are written. Compiled by `npm run test:types`, never run.

import express = require('express');
import { X509Certificate } from 'node:crypto';
import {
  auth,
  type AuthOptions,
  claimCheck,
  claimEquals,
  claimIncludes,
  errorHandler,
  type Health,
  health,
  InsufficientScopeError,
  protectedResourceMetadata,
  requireAcr,
  requiredScopes,
  requireMaxAge,
  requireOrganization,
  requireRoles,
  scopeIncludesAny,
  type Status,
  type UnauthorizedError,
} from 'bearward/express';
import {
  InvalidProofError,
  type ReplayStore,
  revocationKey,
  RevocationList,
  type RevocationStore,
} from 'bearward/express';
import { getSimpleJwksService, secure } from 'bearward/express-oauth-jwt';

const options: AuthOptions = {
  issuerBaseURL: 'https://issuer.example',
  audience: ['a', 'b'],
  validators: { aud: false, sub: async (sub) => sub === 'x' },
};
const app = express();
app.use(auth(options));
app.use(health(auth(options)));
const operated: { status: Status; health: Health } = { status: auth().status(), health: auth().health() };
const age: number | null | undefined = operated.status.issuers[0]?.keySetAgeSeconds;
const isReady: boolean = operated.health.ready && operated.status.waitingRequests.count < 1;
void [age, isReady];
app.get('/by-hand', async (req, res, next) => {
  const alone: Promise<void> = auth(options)(req, res);
  await alone;
  await requiredScopes('a')(req, res, next);
  let refusal: unknown;
  await auth(options)(req, res, (error) => {
    refusal = error;
  });
  const answered: Promise<void> = errorHandler()(refusal, req, res, next);
  return answered;
});
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
app.get(
  '/b',
  secure(getSimpleJwksService('https://issuer.example/jwks'), {
    issuer: 'https://issuer.example',
    audience: 'api',
    scope: ['a'],
    claims: [{ name: 'role', value: 'admin' }],
    realm: 'r',
  }),
  (req, res) => {
    res.json({ sub: req.claims?.sub });
  },
);
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

const replayStore: ReplayStore = {
  claim: async (key: string, expiresAt: Date, createdAt: Date) => key !== '' && expiresAt > createdAt,
};
const shared: RevocationStore = { entries: async (keys) => keys.map(() => ({ issuedBefore: new Date() })) };
const revocation = new RevocationList({ maxEntries: 10 });
revocation.revoke({ issuer: 'https://issuer.example', sub: 'x', issuedBefore: new Date() }, new Date());
const key: string = revocationKey({ issuer: 'https://issuer.example', jti: 'x' });
const api = auth({
  issuer: 'https://issuer.example',
  audience: 'api',
  dpop: { required: true, iatOffset: 60, algorithms: ['ES256'], nonces: { secret: Buffer.alloc(32), lifetime: 60 } },
  mtls: { required: true },
  getCertificate: (req: express.Request) => (req.secure ? new X509Certificate('') : undefined),
  publicOrigin: 'https://api.example.com',
  proxyHeaders: { host: 'forwarded', proto: 'x-forwarded-proto' },
  replayStore,
  revocation: [revocation, shared],
  introspection: { clientId: 'api', clientSecret: 'x', answers: 'phantom' },
  resource: { identifier: 'https://api.example.com', members: { a: [1] } },
});
app.use(protectedResourceMetadata(api), protectedResourceMetadata({ identifier: 'https://api.example.com' }));
app.use(api, requireAcr('mfa'), requireMaxAge(60), (req, res) => {
  const jwt: string | undefined = req.auth?.jwt;
  res.json({ jwt, key });
});
auth({ clientCertificateHeader: { kind: 'pem', header: 'x' } });
// @ts-expect-error that kind needs the name of its header
auth({ clientCertificateHeader: { kind: 'pem' } });
// @ts-expect-error a store says yes or no
auth({ replayStore: { claim: async () => 'OK' } });
const proofError: InvalidProofError = new InvalidProofError();
const proofCode: string = proofError.code;
export { challenge, claim, description, proofCode, status };
