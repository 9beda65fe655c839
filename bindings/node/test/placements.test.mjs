// One request, one token: wherever tokens stand in a request, the one that is published is the one whose signature
// was verified, and what is required is required of it.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet } from 'jose';
import { auth, authorize, requiredScopes, role, scopes } from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';
import { EXPRESS, serve } from './app.mjs';
import { dpopClient, proofOf, selfSigned } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_BODY = { 'content-type': 'application/json' };
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

let issuer;
let options;
let valid;
let forged;
before(async () => {
  issuer = await startIssuer();
  options = { issuerBaseURL: issuer.url, audience: AUDIENCE };
  valid = await issuer.token({ claims: { sub: 'mallory', scope: 'a' } });
  const claims = {
    iss: issuer.issuer,
    sub: 'ADMIN',
    scope: 'a admin',
    roles: ['admin'],
    aud: AUDIENCE,
    exp: 9e9,
    cnf: { 'x5t#S256': 'x' },
  };
  forged = `${base64url({ alg: 'RS256', typ: 'at+jwt', kid: 'k1' })}.${base64url(claims)}.AAAA`;
});
after(() => issuer.close());

/** As adapters to functions in a cloud do. */
const emptied = (req, _res, next) => {
  Object.defineProperty(req, 'rawHeaders', { value: [] });
  next();
};
const fromCookie = (req, _res, next) => {
  const cookie = req.headers['x-cookie'];
  if (cookie !== undefined) req.headers.authorization = `Bearer ${cookie}`;
  next();
};
const stripped = (req, _res, next) => {
  delete req.headers.authorization;
  next();
};
const answer = (req, res) => res.json({ sub: req.auth?.payload.sub ?? null, token: req.auth?.token ?? null });

for (const [name, express] of EXPRESS) {
  describe(`a token beside a forged one, ${name}`, () => {
    let api;
    const certificate = selfSigned();
    const whoever = async (path, request) => {
      const { status, json } = await api.send(path, request);
      return [status, json.sub ?? json.reason ?? json.message];
    };

    before(async () => {
      api = await serve((app) => {
        app.use(express.json(), express.urlencoded({ extended: true }));
        const query = { dangerous: { queryTokens: true } };
        const mtls = { mtls: { enabled: true, required: true }, getCertificate: () => certificate.pem };
        app.use('/emptied', emptied, auth(options), answer);
        app.use('/dpop-off', auth({ ...options, dpop: { enabled: false } }), answer);
        app.use('/query', auth({ ...options, ...query }), answer);
        app.use('/query-scope', auth({ ...options, ...query }), requiredScopes('admin'), answer);
        app.use('/cookie', fromCookie, auth(options), answer);
        app.use('/stripped', stripped, auth(options), answer);
        app.use('/bound', auth({ ...options, ...query, ...mtls }), answer);
        app.use('/validators', auth({ ...options, ...query, validators: { sub: (sub) => sub === 'ADMIN' } }), answer);
        app.use('/plain', auth(options), answer);
        app.use(
          '/secure-emptied',
          emptied,
          secure(createLocalJWKSet({ keys: [issuer.key.jwk] }), { issuer: issuer.issuer, audience: AUDIENCE }),
          (req, res) => res.json({ sub: req.claims.sub }),
        );
        app.use(
          '/secure-cookie',
          fromCookie,
          secure(createLocalJWKSet({ keys: [issuer.key.jwk] }), { issuer: issuer.issuer, audience: AUDIENCE }),
          (req, res) => res.json({ sub: req.claims.sub }),
        );
        const optional = auth({ ...options, authRequired: false });
        app.use('/optional', optional, answer);
        app.use('/optional-emptied', emptied, optional, answer);
        app.use('/optional-require', optional.require(role('admin')), answer);
        app.use('/optional-requirement', auth({ ...options, authRequired: false, requirement: role('admin') }), answer);
        app.use(
          '/optional-dpop',
          auth({ ...options, authRequired: false, dpop: { required: true } }).require(scopes('a')),
          answer,
        );
        const late = () => auth({ ...options, validators: { iss: false }, requirement: role('admin') });
        app.use('/late', late(), answer);
        app.use(
          '/late-optional',
          auth({ ...options, validators: { iss: false }, authRequired: false }).require(role('admin')),
          answer,
        );
        app.use(
          '/late-query',
          auth({ ...options, validators: { iss: false }, requirement: role('admin'), ...query }),
          answer,
        );
        const shared = auth(options);
        app.use('/anew', shared, (req, res, next) => authorize(scopes('a'))(req, res, next), answer);
      }, express);
    });
    after(() => api.close());

    const post = (headers, body) => ({ method: 'POST', headers, body });

    it('is not published where rawHeaders are empty', async () => {
      const request = post({ ...FORM, Authorization: `Bearer ${forged}` }, `access_token=${valid}`);
      assert.deepEqual(await whoever('/emptied', request), [400, 'several_credentials']);
    });

    it('is not published where the scheme DPoP is as good as none', async () => {
      const request = post({ ...FORM, Authorization: `DPoP ${forged}` }, `access_token=${valid}`);
      assert.deepEqual(await whoever('/dpop-off', request), [200, 'mallory']);
    });

    it('is not published out of a JSON body', async () => {
      const request = post(JSON_BODY, JSON.stringify({ access_token: forged }));
      assert.deepEqual(await whoever(`/query?access_token=${valid}`, request), [200, 'mallory']);
      assert.equal((await api.send(`/query-scope?access_token=${valid}`, request)).status, 403);
      const { status } = await api.send(`/validators?access_token=${valid}`, request);
      assert.equal(status, 401, 'validators are asked about the verified token');
    });

    it('is not published where a middleware wrote it into headers', async () => {
      for (const path of ['/cookie', '/cookie?x=%20']) {
        const request = { token: valid, headers: { 'X-Cookie': forged } };
        assert.deepEqual(await whoever(path, request), [401, 'signature_invalid'], path);
      }
    });

    it('does not stand in for a token that is bound to a certificate', async () => {
      const request = post(JSON_BODY, JSON.stringify({ access_token: forged }));
      assert.deepEqual(await whoever(`/bound?access_token=${valid}`, request), [401, 'token_not_certificate_bound']);
      const bound = await issuer.token({ claims: { cnf: { 'x5t#S256': certificate.x5t } } });
      assert.deepEqual(await whoever(`/bound?access_token=${bound}`, request), [200, 'alice']);
      assert.deepEqual(await whoever('/bound', { token: bound }), [200, 'alice']);
    });

    it('lets a valid one pass whichever of its lists of headers a request has', async () => {
      for (const query of ['', '?x=%20']) {
        assert.deepEqual(await whoever(`/emptied${query}`, { token: valid }), [200, 'mallory']);
        assert.deepEqual(await whoever(`/optional-emptied${query}`, { token: valid }), [200, 'mallory']);
        assert.deepEqual(await whoever(`/cookie${query}`, { headers: { 'X-Cookie': valid } }), [200, 'mallory']);
        assert.deepEqual(await whoever(`/cookie${query}`, { token: forged, headers: { 'X-Cookie': valid } }), [
          200,
          'mallory',
        ]);
        assert.equal((await api.send(`/stripped${query}`, { token: valid })).status, 401);
        assert.deepEqual(await whoever(`/secure-emptied${query}`, { token: valid }), [200, 'mallory']);
        assert.deepEqual(await whoever(`/secure-cookie${query}`, { headers: { 'X-Cookie': valid } }), [200, 'mallory']);
        assert.equal(
          (await api.send(`/secure-cookie${query}`, { token: valid, headers: { 'X-Cookie': forged } })).status,
          403,
        );
      }
      const client = await dpopClient();
      const bound = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
      const headers = {
        Authorization: `DPoP ${bound}`,
        DPoP: await proofOf(client, { url: `http://127.0.0.1:${api.port}/emptied`, token: bound }),
      };
      assert.deepEqual(await whoever('/emptied', { headers }), [200, 'alice']);
    });

    it('refuses a form whose access_token is no string', async () => {
      for (const body of [
        `access_token[]=${valid}`,
        `access_token[a]=${valid}`,
        `access_token[]=${valid}&access_token[]=${forged}`,
        `access_token=${valid}&access_token=${valid}`,
      ]) {
        for (const path of ['/plain', '/plain?x=%20', `/query?access_token=${forged}`, '/late', '/optional']) {
          assert.equal((await api.send(path, post(FORM, body))).status, 400, `${path} ${body}`);
        }
      }
      assert.deepEqual(await whoever('/plain', post(FORM, `access_token=${valid}`)), [200, 'mallory']);
    });

    it('passes without a token only where nothing is required of one', async () => {
      assert.deepEqual((await api.send('/optional')).json, { sub: null, token: null });
      for (const path of ['/optional-require', '/optional-requirement', '/optional-dpop', '/late-optional']) {
        const { status, challenge } = await api.send(path);
        assert.equal(status, 401, path);
        assert.match(challenge, /Bearer|DPoP/);
      }
      assert.equal((await api.send('/optional-require', { token: valid })).status, 403);
      const admin = await issuer.token({ claims: { roles: ['admin'] } });
      assert.equal((await api.send('/optional-require', { token: admin })).status, 200);
    });

    it('meets what is required before the first discovery, too', async () => {
      assert.equal((await api.send('/late', post(FORM, `access_token[]=${valid}`))).status, 400);
      assert.equal((await api.send('/late', post(FORM, `access_token=${valid}`))).status, 403);
      const request = post(JSON_BODY, JSON.stringify({ access_token: { a: forged } }));
      assert.equal((await api.send(`/late-query?access%5Ftoken=${valid}`, request)).status, 403);
    });

    it('takes a requirement that is made anew at each request', async () => {
      for (let round = 0; round < 3; round += 1)
        assert.deepEqual(await whoever('/anew', { token: valid }), [200, 'mallory']);
    });
  });
}

describe('a requirement', () => {
  it('has one handle, however often it is given', () => {
    const handler = auth(options);
    const { Guard } = guardOf();
    const { EXPRESS } = createRequire(import.meta.url)('../dist/express/handler.js');
    const guard = new Guard(options, EXPRESS);
    const first = guard.register(role('admin'));
    const other = guard.register(role('editor'));
    assert.notEqual(first.handle, other.handle);
    for (let round = 0; round < 100; round += 1) assert.equal(guard.register(role('admin')).handle, first.handle);
    assert.equal(guard.register(role('reader')).handle, other.handle + 1, 'nothing was registered between them');
    assert.equal(typeof handler.require(role('admin')), 'function');
  });
});

describe('wherever tokens stand', () => {
  it('the one that is published is one that was verified', async () => {
    const places = ['header', 'cookie', 'form', 'query', 'json'];
    const good = Object.fromEntries(
      await Promise.all(places.map(async (place) => [place, await issuer.token({ claims: { sub: place } })])),
    );
    const sound = new Map(places.map((place) => [good[place], place]));
    const either = (place, write) => [undefined, write(good[place]), write(forged)];

    const headers = [
      ...either('header', (token) => `Bearer ${token}`),
      `DPoP ${good.header}`,
      `DPoP ${forged}`,
      `bearer  ${good.header}`,
      'Basic YTpi',
    ];
    const cookies = [...either('cookie', (token) => `Bearer ${token}`), 'strike'];
    const bodies = [
      ...either('form', (token) => token && { type: FORM, body: { access_token: token } }),
      { type: FORM, body: { access_token: [good.form] } },
      { type: FORM, body: { access_token: [good.form, forged] } },
      { type: FORM, body: { access_token: { toString: 'x' } } },
      { type: JSON_BODY, body: { access_token: good.json } },
      { type: JSON_BODY, body: { access_token: forged } },
    ];
    const queries = [
      '',
      '?x=%20',
      `?access_token=${good.query}`,
      `?access_token=${forged}`,
      `?access%5ftoken=${good.query}`,
      `?access_token=${good.query}&access_token=${forged}`,
    ];
    const raws = ['as they came', 'empty', 'absent'];
    const base = { issuer: issuer.issuer, jwksUri: issuer.jwksUri, audience: AUDIENCE };
    const query = { dangerous: { queryTokens: true } };
    const middlewares = {
      plain: auth(base),
      optional: auth({ ...base, authRequired: false }),
      'without DPoP': auth({ ...base, dpop: { enabled: false }, ...query }),
      query: auth({ ...base, ...query }),
      'with certificates': auth({ ...base, getCertificate: () => undefined, ...query }),
      'any issuer': auth({ ...options, validators: { iss: false }, ...query }),
      'by tenant': auth({ audience: AUDIENCE, mcd: { issuers: async () => [issuer.issuer] }, ...query }),
      validators: auth({ ...base, ...query, validators: { sub: (_sub, claims) => claims.sub !== 'ADMIN' } }),
    };

    const accepted = new Map();
    for (const [name, middleware] of Object.entries(middlewares)) {
      for (const header of headers)
        for (const cookie of cookies)
          for (const sent of bodies)
            for (const url of queries)
              for (const raw of raws) {
                // Without a turn of the event loop now and then, the issuer in this process does not answer in time.
                if (sent === bodies[0] && url === queries[0] && raw === raws[0]) await new Promise(setImmediate);
                const req = request({ header, sent, url: `/${url}`, raw });
                if (cookie === 'strike') delete req.headers.authorization;
                else if (cookie !== undefined) req.headers.authorization = cookie;
                const error = await new Promise((resolve) => middleware(req, { setHeader() {} }, resolve));
                const row = JSON.stringify([name, header, cookie, sent, url, raw]);
                if (error !== undefined) {
                  assert.ok([400, 401].includes(error.status), `${error.stack} ${row}`);
                  assert.equal(req.auth, undefined, row);
                } else if (req.auth === undefined) {
                  assert.equal(name, 'optional', row);
                } else {
                  const place = sound.get(req.auth.token);
                  assert.ok(place, row);
                  assert.equal(req.auth.payload.sub, place, row);
                  assert.equal(req.auth.jwt, req.auth.token, row);
                  if (cookie !== undefined) assert.notEqual(place, 'header', row);
                  accepted.set(`${name} ${place}`, (accepted.get(`${name} ${place}`) ?? 0) + 1);
                }
              }
    }
    const seen = [...new Set([...accepted.keys()].map((key) => key.split(' ').at(-1)))].sort();
    assert.deepEqual(seen, ['cookie', 'form', 'header', 'query'], 'each place was tried in earnest');
    for (const name of Object.keys(middlewares)) assert.ok(accepted.get(`${name} header`) > 0, name);
  });
});

/** As Express hands it over, without a socket. */
function request({ header, sent, url, raw }) {
  const headers = { host: 'api.example.com', ...sent?.type, ...(header !== undefined && { authorization: header }) };
  const lines = Object.entries(headers).flat();
  const body = sent?.body;
  const list = { 'as they came': { rawHeaders: lines }, empty: { rawHeaders: [] }, absent: {} }[raw];
  return { method: 'POST', url, originalUrl: url, protocol: 'http', headers, body, ...list };
}

function guardOf() {
  return createRequire(import.meta.url)('../dist/protect/guard.js');
}
