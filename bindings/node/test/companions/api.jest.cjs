// Tests of an application, as its authors write them: under jest each file has globals of its own.

const { createServer } = require('node:http');
const { auth, requiredScopes, RevocationList } = require('bearward/express');

const base = { issuer: 'https://issuer.example', audience: 'https://api.example.com' };
const key = JSON.parse(process.env.PUBLIC_KEY);

test('an option that cannot work is named as it is written', () => {
  expect(() => auth({ ...base, publicKey: key, clockTolerance: 120 })).toThrow(
    /^clockTolerance: .*dangerous: \{ clockTolerance: true \}/,
  );
  expect(() => auth({ ...base, publicKey: key, dpop: { iatOffset: 7200 } })).toThrow(/^dpop\.iatOffset: /);
  expect(() => auth({ ...base, secret: 'short', tokenSigningAlg: 'HS256' })).toThrow(/^secret: /);
  expect(() => auth({ ...base, publicKey: key, algorithms: ['ES256'] })).toThrow(
    "auth() has no option 'algorithms'; did you mean 'tokenSigningAlg', which names one algorithm?",
  );
});

test('an authorization server that is down is named with its code', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  const check = auth({ issuer: base.issuer, jwksUri: `http://127.0.0.1:${port}/jwks`, audience: base.audience });
  const refusal = await check(request(process.env.TOKEN), { setHeader() {} }).catch((error) => error);
  expect([refusal.status, refusal.expose, refusal.cause.code]).toEqual([503, false, 'ECONNREFUSED']);
});

test('a store may answer with a date of this file', async () => {
  const revocation = { entries: async () => [{ issuedBefore: new Date(0) }] };
  const check = auth({ ...base, publicKey: key, revocation });
  const req = request(process.env.TOKEN);
  await check(req, { setHeader() {} });
  expect(req.auth.payload.sub).toBe('alice');
  new RevocationList().revoke(
    { issuer: base.issuer, sub: 'alice', issuedBefore: new Date() },
    new Date(Date.now() + 60_000),
  );
});

test('a mock of req.auth is enough for what comes after auth()', async () => {
  const req = { ...request(), auth: { header: {}, payload: { sub: 'bob', scope: 'read' }, token: '' } };
  const next = jest.fn();
  await requiredScopes('read')(req, {}, next);
  expect(next).toHaveBeenCalledWith();
  await requiredScopes('write')(req, {}, next);
  expect(next.mock.calls[1][0]).toMatchObject({ status: 403, code: 'insufficient_scope', expose: true });
});

function request(token) {
  return { method: 'GET', url: '/', headers: token ? { authorization: `Bearer ${token}` } : {} };
}
