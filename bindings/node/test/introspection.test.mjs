// Opaque tokens (RFC 7662) through Express: who is asked, how, how often, and what the handler gets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import diagnostics from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { generateKeyPair, exportPKCS8, jwtVerify, SignJWT } from 'jose';
import { protect } from 'bearward';
import { auth, authorize, requiredScopes, scopes } from 'bearward/express';
import { EXPRESS, serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, keyPair, sign } from './issuer.mjs';

const CLIENT = { clientId: 'api', clientSecret: 'a secret' };

/** An authorization server that knows opaque tokens: `answers.get(token)` is what it says. */
async function startServer(metadata = {}) {
  const key = await keyPair();
  const answers = new Map();
  const calls = [];
  let broken;
  const server = createServer(async (req, res) => {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const json = (value, type = 'application/json') =>
      res.setHeader('content-type', type).end(typeof value === 'string' ? value : JSON.stringify(value));
    if (req.url === '/.well-known/openid-configuration')
      return json({
        issuer: origin,
        jwks_uri: `${origin}/jwks`,
        introspection_endpoint: `${origin}/introspect`,
        ...metadata,
      });
    if (req.url === '/jwks') return json({ keys: [key.jwk] });
    if (req.url !== '/introspect') return res.writeHead(404).end();
    let body = '';
    for await (const chunk of req) body += chunk;
    const form = Object.fromEntries(new URLSearchParams(body));
    calls.push({ method: req.method, headers: req.headers, form });
    if (broken !== undefined) return broken(res);
    const answer = answers.get(form.token) ?? { active: false };
    if (typeof answer === 'string') return json(answer, 'application/jwt');
    if (req.headers.accept === 'application/token-introspection+jwt') {
      const claims = { iss: origin, aud: CLIENT.clientId, token_introspection: answer };
      const header = { alg: 'RS256', kid: 'k1', typ: 'token-introspection+jwt' };
      return json(
        await new SignJWT(claims).setProtectedHeader(header).setIssuedAt().sign(key.privateKey),
        'application/token-introspection+jwt',
      );
    }
    return json(answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${server.address().port}`;
  return {
    key,
    issuer,
    answers,
    calls,
    breakWith: (how) => {
      broken = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

const claimsOf = (server, more) => ({
  active: true,
  iss: server.issuer,
  aud: AUDIENCE,
  sub: 'alice',
  client_id: 'app',
  exp: Math.floor(Date.now() / 1000) + 600,
  ...more,
});

for (const [name, express] of EXPRESS) {
  describe(`Opaque tokens in ${name}`, () => {
    let server;
    let api;
    let privateKey;
    let publicKey;
    before(async () => {
      server = await startServer();
      const pair = await generateKeyPair('ES256', { extractable: true });
      publicKey = pair.publicKey;
      privateKey = await exportPKCS8(pair.privateKey);
      api = await serve((app) => {
        const answer = (req, res) => res.json({ auth: req.auth, info: req.auth.info, jwt: req.auth.jwt ?? null });
        const mount = (path, introspection, options = {}, ...more) =>
          app.use(
            path,
            auth({
              issuer: server.issuer,
              audience: AUDIENCE,
              introspection: { ...CLIENT, ...introspection },
              ...options,
            }),
            ...more,
            answer,
          );
        mount('/basic', {});
        mount('/post', { clientAuthentication: 'client_secret_post' });
        mount('/key', { clientSecret: undefined, privateKey, privateKeyId: 'c1' });
        mount('/signed', { answers: 'signed' });
        mount('/phantom', { answers: 'phantom' });
        mount('/every', { tokens: 'every' });
        mount('/scoped', {}, {}, requiredScopes('read'), authorize(scopes('read')));
        mount(
          '/validated',
          {},
          { validators: { sub: (sub, claims) => sub === 'alice' && claims.client_id === 'app' } },
        );
        mount('/short', { cacheDuration: 1000, refusalCacheDuration: 1000 });
        app.use('/plain', auth({ issuer: server.issuer, audience: AUDIENCE }), answer);
      }, express);
    });
    after(async () => {
      await api.close();
      await server.close();
    });

    it('pass with what the authorization server says of them', async () => {
      server.answers.set('opaque-1', claimsOf(server, { scope: 'read write', role: 'admin' }));
      const { status, json } = await api.send('/basic', { token: 'opaque-1' });
      assert.equal(status, 200);
      assert.equal(json.auth.token, 'opaque-1');
      assert.deepEqual(json.auth.header, {});
      assert.deepEqual([json.auth.payload.sub, json.auth.payload.role], ['alice', 'admin']);
      assert.deepEqual(json.info, { sub: 'alice', clientId: 'app', scopes: ['read', 'write'], audience: [AUDIENCE] });
      assert.equal(json.jwt, null);
      const { method, headers, form } = server.calls.at(-1);
      assert.equal(method, 'POST');
      assert.equal(headers.authorization, `Basic ${Buffer.from('api:a+secret').toString('base64')}`);
      assert.equal(headers.accept, 'application/json');
      assert.deepEqual(form, { token: 'opaque-1', token_type_hint: 'access_token' });
      assert.equal((await api.send('/plain', { token: 'opaque-1' })).json.reason, 'token_malformed');
    });

    it('are no JWTs in disguise: the authorization server never hears of those', async () => {
      const before = server.calls.length;
      const utf16 = (text) => Buffer.from(text, 'utf16le');
      for (const header of [
        '{"alg":"none","x":1e999}',
        '{"alg":"none",}',
        '/**/{"alg":"none"}',
        "{'ALG':'none'}",
        '\ufeff{"alg":"none"}',
        utf16('{"alg":"none"}'),
        utf16('\ufeff{"alg":"none"}'),
      ]) {
        const first = Buffer.from(header).toString('base64url');
        const claims = Buffer.from(JSON.stringify(claimsOf(server))).toString('base64url');
        for (const token of [
          `${first}.${claims}.c2ln`,
          `${first}~.${claims}.c2ln`,
          `${first}.${claims}.c2ln.more`,
          `${first}.${claims}.`,
        ]) {
          server.answers.set(token, claimsOf(server));
          for (const path of ['/basic', '/every']) {
            const { status, json } = await api.send(path, { token });
            assert.equal(status, 401, `${path} ${header}`);
            assert.ok(
              ['token_malformed', 'header_malformed', 'algorithm_unsupported'].includes(json.reason),
              json.reason,
            );
          }
        }
      }
      assert.equal(server.calls.length, before);
    });

    it('are asked about once, however many requests come at a time', async () => {
      server.answers.set('opaque-2', claimsOf(server));
      const before = server.calls.length;
      const answers = await Promise.all(Array.from({ length: 50 }, () => api.send('/basic', { token: 'opaque-2' })));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
      assert.equal((await api.send('/basic', { token: 'opaque-2' })).status, 200);
      assert.equal(server.calls.length, before + 1);
    });

    it('are refused where they are not active, or not for this API', async () => {
      server.answers.set('foreign', claimsOf(server, { aud: 'https://other.example' }));
      server.answers.set('late', claimsOf(server, { exp: 1 }));
      for (const [token, reason] of [
        ['unknown', 'token_inactive'],
        ['foreign', 'audience_mismatch'],
        ['late', 'token_expired'],
      ]) {
        const { status, json } = await api.send('/basic', { token });
        assert.deepEqual([status, json.name, json.reason], [401, 'InvalidTokenError', reason], token);
      }
    });

    it('serve the middlewares behind it', async () => {
      server.answers.set('reader', claimsOf(server, { scope: 'read' }));
      server.answers.set('nobody', claimsOf(server));
      assert.equal((await api.send('/scoped', { token: 'reader' })).status, 200);
      assert.equal((await api.send('/scoped', { token: 'nobody' })).status, 403);
      assert.equal((await api.send('/validated', { token: 'reader' })).status, 200);
    });

    it('are asked about by the post, and with a key', async () => {
      server.answers.set('opaque-3', claimsOf(server));
      assert.equal((await api.send('/post', { token: 'opaque-3' })).status, 200);
      const posted = server.calls.at(-1);
      assert.deepEqual(
        [posted.form.client_id, posted.form.client_secret, posted.headers.authorization],
        ['api', 'a secret', undefined],
      );
      assert.equal((await api.send('/key', { token: 'opaque-3' })).status, 200);
      const { form } = server.calls.at(-1);
      assert.equal(form.client_assertion_type, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      const { payload, protectedHeader } = await jwtVerify(form.client_assertion, publicKey, {
        audience: server.issuer,
      });
      assert.deepEqual([payload.iss, payload.sub, protectedHeader.kid], ['api', 'api', 'c1']);
    });

    it('are believed when the answer is signed, or is the token itself', async () => {
      server.answers.set('opaque-4', claimsOf(server));
      assert.equal((await api.send('/signed', { token: 'opaque-4' })).status, 200);
      const jwt = await sign(server.key, server.issuer, { claims: { sub: 'bob' } });
      server.answers.set('opaque-5', jwt);
      const { status, json } = await api.send('/phantom', { token: 'opaque-5' });
      assert.equal(status, 200);
      assert.deepEqual(
        [json.auth.token, json.jwt, json.auth.payload.sub, json.auth.header.alg],
        ['opaque-5', jwt, 'bob', 'RS256'],
      );
      const forged = await sign(await keyPair('RS256', 'k1'), server.issuer);
      server.answers.set('opaque-6', forged);
      const refused = await api.send('/phantom', { token: 'opaque-6' });
      assert.deepEqual([refused.status, refused.json.reason], [503, 'introspection_unavailable']);
    });

    it('leave JWTs to be verified here, unless every token is asked about', async () => {
      const jwt = await sign(server.key, server.issuer);
      const before = server.calls.length;
      const { json } = await api.send('/basic', { token: jwt });
      assert.deepEqual([json.auth.payload.sub, json.jwt], ['alice', jwt]);
      assert.equal(server.calls.length, before);
      assert.equal((await api.send('/every', { token: jwt })).json.reason, 'token_inactive');
      assert.equal(server.calls.length, before + 1);
    });

    it('may be bound to a key', async () => {
      const client = await dpopClient();
      server.answers.set('bound', claimsOf(server, { cnf: { jkt: client.jkt } }));
      assert.equal((await api.send('/basic', { token: 'bound' })).json.reason, 'proof_required');
      const proof = await proofOf(client, { url: `http://127.0.0.1:${api.port}/basic`, token: 'bound' });
      const headers = [
        ['Authorization', 'DPoP bound'],
        ['DPoP', proof],
      ];
      assert.equal((await api.send('/basic', { headers })).status, 200);
      assert.equal((await api.send('/basic', { headers })).json.reason, 'proof_replayed');
    });

    it("are nobody's fault while the server cannot be asked", async () => {
      let at = 0;
      for (const how of [
        (res) => res.writeHead(500).end(),
        (res) => res.writeHead(401).end(),
        (res) => res.socket.destroy(),
        (res) => res.end('<html>'),
      ]) {
        server.breakWith(how);
        const { status, json, headers } = await api.send('/short', { token: `broken-${at}` });
        at += 1;
        assert.deepEqual([status, json.name, json.reason], [503, 'UnavailableError', 'introspection_unavailable']);
        assert.match(headers['retry-after'], /^[1-9]\d*$/);
      }
      server.breakWith(undefined);
    });
  });
}

describe('An issuer that cannot be asked', () => {
  it('is told in the cause of the 503 and on bearward:fetch, once', async () => {
    const told = [];
    const listen = (message) => told.push(message);
    diagnostics.subscribe('bearward:fetch', listen);
    for (const [metadata, why] of [
      [
        { introspection_endpoint: undefined },
        "the issuer's metadata have no introspection_endpoint; set introspection.endpoint",
      ],
      [
        { introspection_endpoint: 'http://elsewhere.example/' },
        'the introspection_endpoint of the metadata cannot be used: ',
      ],
    ]) {
      told.length = 0;
      const server = await startServer(metadata);
      let cause;
      const api = await serve((app) => {
        app.use(auth({ issuer: server.issuer, audience: AUDIENCE, introspection: CLIENT }));
        app.use((error, _req, _res, next) => {
          cause = error.cause;
          next(error);
        });
      });
      for (let time = 0; time < 3; time += 1) {
        const { status, json } = await api.send('/', { token: 'an-opaque-one' });
        assert.deepEqual([status, json.name, json.reason], [503, 'UnavailableError', 'introspection_unavailable']);
        assert.ok(
          cause.message.startsWith(`${server.issuer}/: ${why}`) || cause.message.startsWith(`${server.issuer}: ${why}`),
          cause.message,
        );
      }
      const errors = told.filter(({ error }) => error !== undefined);
      assert.equal(errors.length, 1);
      assert.equal(errors[0].issuer, server.issuer);
      assert.ok(errors[0].error.message.includes(why));
      await api.close();
      await server.close();
    }
    diagnostics.unsubscribe('bearward:fetch', listen);
  });

  it('is told in the status, with what went wrong last and nothing of secret and token', async () => {
    const server = await startServer();
    const api = protect({ issuer: server.issuer, audience: AUDIENCE, introspection: CLIENT });
    const refused = (token) =>
      assert.rejects(api.check({ method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` } }), {
        code: 'introspection_unavailable',
      });
    const last = () => api.status().introspection.lastFailure;
    assert.equal(last(), null);
    for (const [status, code] of [
      [401, 'client_refused'],
      [500, 'unexpected_status'],
    ]) {
      server.breakWith((res) => res.writeHead(status).end());
      await refused(`opaque-${status}`);
      assert.equal(last().code, code);
      assert.ok(Number.isInteger(last().ageSeconds) && last().why.includes(`answered ${status}`), last().why);
    }
    assert.ok(api.health().ready, 'JWTs can be verified');
    const written = JSON.stringify(api.status());
    for (const secret of [CLIENT.clientSecret, 'opaque-']) assert.ok(!written.includes(secret), written);
    server.breakWith((res) => res.destroy());
    await refused('opaque-gone');
    assert.equal(last().code, 'server_unreachable');
    await server.close();
  });
});

describe('The options of introspection', () => {
  it('are refused at start where they cannot work', () => {
    const make = (introspection, options) => () =>
      auth({ issuer: 'https://issuer.example', audience: AUDIENCE, introspection, ...options });
    for (const [introspection, options, message] of [
      [
        CLIENT,
        { mcd: { issuers: ['https://issuer.example'] }, issuer: undefined },
        "You must not provide both 'mcd' and 'introspection': an opaque token names no issuer",
      ],
      [
        CLIENT,
        { issuer: undefined, issuerBaseURL: 'https://issuer.example' },
        "You must provide the exact 'issuer' with 'introspection': an opaque token names none",
      ],
      [{}, {}, 'Invalid introspection configuration: "clientId" is required'],
      [{ clientId: 'a' }, {}, 'Invalid introspection configuration: "clientSecret" is required, and nothing else'],
      [
        { ...CLIENT, clientAuthentication: 'private_key_jwt' },
        {},
        'Invalid introspection configuration: "privateKey" is required, and nothing else',
      ],
      [
        { ...CLIENT, clientAuthentication: 'none' },
        {},
        'Invalid introspection configuration: "clientAuthentication" must be one of client_secret_basic, client_secret_post, private_key_jwt',
      ],
      [{ ...CLIENT, tokens: 'some' }, {}, 'Invalid introspection configuration: "tokens" must be "opaque" or "every"'],
      [
        { ...CLIENT, answers: 'xml' },
        {},
        'Invalid introspection configuration: "answers" must be "json", "signed" or "phantom"',
      ],
      [{ ...CLIENT, cacheDuration: 1 }, {}, 'introspection.cacheDuration: at least one second, and at most one hour'],
      [
        { ...CLIENT, refusalCacheDuration: 1 },
        {},
        'introspection.refusalCacheDuration: at least one second, and at most one hour',
      ],
      [{ ...CLIENT, bridgeDuration: 61_000 }, {}, 'introspection.bridgeDuration: at most a minute'],
      [
        CLIENT,
        { jwksUri: 'https://issuer.example/jwks' },
        /^introspection\.endpoint: the issuer has no metadata that could name it/,
      ],
      [{ clientId: 'a', privateKey: 'x' }, {}, /^introspection\.privateKey: /],
    ]) {
      assert.throws(make(introspection, options), { message }, JSON.stringify([introspection, options]));
    }
  });
});
