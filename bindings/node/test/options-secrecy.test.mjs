// A password or a key in an option gets into no error, no channel, and nothing that is shown of what was made of it.

import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import * as core from 'bearward';
import * as express from 'bearward/express';
import * as oauthJwt from 'bearward/express-oauth-jwt';
import nock from 'nock';
import { serve } from './app.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const MARK = 'hush';
const SECRET = MARK.repeat(8);
const PASSWORD_URL = `https://me:${MARK}@issuer.example/path?code=${MARK}&${MARK}#${MARK}`;
const PEM = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(MARK).toString('base64')}\n-----END PRIVATE KEY-----`;

/** Everything that a log may make of a value. */
function shown(value) {
  const texts = [inspect(value, { depth: 10, showHidden: true }), String(value?.stack), String(value?.message)];
  for (const error of [value, value?.cause, ...(value?.errors ?? [])]) {
    if (error instanceof Error)
      texts.push(JSON.stringify(error), JSON.stringify(error, Object.getOwnPropertyNames(error)));
  }
  return texts.join('\n');
}

function assertSilent(value, what) {
  const text = shown(value);
  const secrets = [
    MARK,
    Buffer.from(MARK).toString('base64').slice(0, 5),
    Buffer.from(MARK).toString('hex'),
    inspect(Buffer.from(MARK)).slice(8, 19),
  ];
  for (const secret of secrets) assert.ok(!text.includes(secret), `${what}: ${text}`);
}

describe('a secret in an option', () => {
  const named = { issuer: 'https://issuer.example', audience: AUDIENCE };
  const asking = { clientId: 'api', clientSecret: MARK };

  it('is in no error about the options', () => {
    const introspection = (changes) => ({ ...named, introspection: { ...asking, ...changes } });
    const key = { clientId: 'api', privateKey: PEM };
    for (const [name, options] of Object.entries({
      issuer: { issuer: PASSWORD_URL, jwksUri: 'https://issuer.example/jwks', audience: AUDIENCE },
      'issuer without scheme': {
        issuer: `me:${MARK}@issuer.example`,
        secret: SECRET,
        tokenSigningAlg: 'HS256',
        audience: AUDIENCE,
      },
      'issuer alone': { issuer: PASSWORD_URL, audience: AUDIENCE },
      issuerBaseURL: { issuerBaseURL: PASSWORD_URL, audience: AUDIENCE },
      'issuerBaseURL with a query': { issuerBaseURL: `https://issuer.example/?code=${MARK}`, audience: AUDIENCE },
      'issuerBaseURL of a document': {
        issuerBaseURL: `https://me:${MARK}@issuer.example/.well-known/openid-configuration?code=${MARK}`,
        audience: AUDIENCE,
      },
      'issuerBaseURL in the clear': {
        issuerBaseURL: `http://issuer.example/.well-known/openid-configuration?code=${MARK}`,
        audience: AUDIENCE,
      },
      'issuerBaseURL, no URL': { issuerBaseURL: `https://me:${MARK}`, audience: AUDIENCE },
      'issuerBaseURL as a URL': { issuerBaseURL: new URL(PASSWORD_URL), audience: AUDIENCE },
      'issuerBaseURL in an array': { issuerBaseURL: [PASSWORD_URL], audience: AUDIENCE },
      'issuer as a URL': { issuer: new URL(PASSWORD_URL), audience: AUDIENCE },
      'issuer of mcd as a URL': { audience: AUDIENCE, mcd: { issuers: [new URL(PASSWORD_URL)] } },
      jwksUri: { ...named, jwksUri: PASSWORD_URL },
      'jwksUri as a URL': { ...named, jwksUri: new URL(PASSWORD_URL) },
      'jwksUri in the clear': { ...named, jwksUri: `http://issuer.example/?code=${MARK}` },
      'jwksUri, no URL': { ...named, jwksUri: `https://me:${MARK}@` },
      secret: { ...named, secret: MARK, tokenSigningAlg: 'HS256' },
      'a secret of a wrong type': { ...named, secret: { [MARK]: MARK }, tokenSigningAlg: 'HS256' },
      'a secret with another algorithm': { ...named, secret: SECRET, tokenSigningAlg: 'RS256' },
      publicKey: { ...named, publicKey: PEM, tokenSigningAlg: 'RS256' },
      'a publicKey that is none': { ...named, publicKey: MARK, tokenSigningAlg: 'RS256' },
      'a private JWK': { ...named, publicKey: { kty: 'EC', crv: 'P-256', d: MARK, x: MARK, y: MARK } },
      'mcd with a password': { audience: AUDIENCE, mcd: { issuers: [PASSWORD_URL] } },
      'mcd, no URL': { audience: AUDIENCE, mcd: { issuers: [`https://me:${MARK}`] } },
      'mcd with two keys': {
        audience: AUDIENCE,
        mcd: { issuers: [{ issuer: `https://me:${MARK}`, publicKey: PEM, jwksUri: PASSWORD_URL }] },
      },
      'mcd with a jwksUri': { audience: AUDIENCE, mcd: { issuers: [{ issuer: named.issuer, jwksUri: PASSWORD_URL }] } },
      endpoint: introspection({ endpoint: PASSWORD_URL }),
      'endpoint in the clear': introspection({ endpoint: `http://issuer.example/?code=${MARK}` }),
      clientSecret: introspection({ clientSecret: { [MARK]: MARK } }),
      privateKey: { ...named, introspection: key },
      'privateKey and clientSecret': { ...named, introspection: { ...key, clientSecret: MARK } },
      'privateKey in one line': { ...named, introspection: { ...key, privateKey: PEM.replaceAll('\n', ' ') } },
      publicOrigin: { ...named, publicOrigin: PASSWORD_URL },
      nonces: { ...named, dpop: { nonces: { secret: MARK } } },
      'resource.identifier': { ...named, resource: { identifier: PASSWORD_URL } },
      'resource.documentation': { ...named, resource: { identifier: AUDIENCE, documentation: PASSWORD_URL } },
      'a header': { ...named, clientCertificateHeader: { kind: MARK, header: 'x' } },
    })) {
      const failed = (error) => {
        assertSilent(error, name);
        return true;
      };
      assert.throws(() => express.auth(options), failed, name);
    }
  });

  it('is in no error about a revocation', () => {
    const list = new express.RevocationList();
    const later = new Date(Date.now() + 60_000);
    for (const revocation of [
      { issuer: named.issuer },
      { issuer: named.issuer, sub: MARK, jti: MARK },
      { issuer: 7, sub: MARK },
      { issuer: named.issuer, sub: { [MARK]: MARK } },
    ]) {
      for (const run of [
        () => list.revoke(revocation, later),
        () => list.lift(revocation),
        () => express.revocationKey(revocation),
      ]) {
        assert.throws(run, (error) => {
          assertSilent(error, JSON.stringify(revocation));
          return true;
        });
      }
    }
    list.revoke({ issuer: named.issuer, sub: MARK }, later);
    assertSilent(list, 'a list');
  });
});

describe('a key in the URL of a fetch', () => {
  let issuer;
  before(async () => {
    issuer = await startIssuer();
  });
  after(() => issuer.close());

  const withKey = (url) => `${url}?code=${MARK}&${MARK}`;

  let calls = 0;

  /** What went wrong, as a request and the channel are told it. Settings of its own make each call fetch anew. */
  async function failures(options, token, expected = 503) {
    calls += 1;
    const told = [];
    const errors = [];
    const listen = (message) => told.push(message);
    diagnostics.subscribe('bearward:fetch', listen);
    const api = await serve((app) => {
      app.use(
        express.auth({ audience: AUDIENCE, timeoutDuration: 300, cooldownDuration: 30_000 + calls, ...options }),
        (_req, res) => res.end(),
      );
      app.use((error, _req, res, _next) => {
        errors.push(error);
        res.status(error.status ?? 500).end();
      });
    });
    try {
      const { status } = await api.send('/', { token: token ?? (await issuer.token()) });
      assert.equal(status, expected);
    } finally {
      diagnostics.unsubscribe('bearward:fetch', listen);
      await api.close();
    }
    assert.ok(expected !== 503 || told.some(({ error }) => error instanceof Error), 'the channel is told');
    assert.ok(errors.length > 0);
    for (const one of [...told, ...errors]) assertSilent(one, inspect(options));
    return { told, errors };
  }

  it('is in no error and not on the channel, however the fetch fails', async () => {
    const byKeys = { issuer: issuer.issuer, jwksUri: withKey(issuer.jwksUri) };
    const byMetadata = { issuerBaseURL: withKey(`${issuer.url}/.well-known/openid-configuration`) };
    const byEndpoint = {
      issuer: issuer.issuer,
      introspection: { clientId: 'api', clientSecret: MARK, endpoint: withKey(`${issuer.origin}/introspect`) },
    };
    const answers = {
      500: (_req, res) => res.writeHead(500).end(MARK),
      redirect: (_req, res) => res.writeHead(302, { location: withKey(`http://me:${MARK}@127.0.0.1:1/`) }).end(),
      html: (_req, res) => res.end(`<html>${MARK}`),
      'almost JSON': (_req, res) => res.setHeader('content-type', 'application/json').end(`{"issuer":"${MARK}`),
      // At the URL of a document, whatever issuer it names is the one: the token is another's.
      'another issuer': (_req, res) =>
        res
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ issuer: 'https://other.example', jwks_uri: withKey('https://other.example/keys') })),
      'an issuer with a password': (_req, res) =>
        res
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ issuer: withKey(`https://me:${MARK}@other.example`), jwks_uri: issuer.jwksUri })),
      'a bad jwks_uri': (_req, res) =>
        res
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ issuer: issuer.issuer, jwks_uri: withKey(`https://me:${MARK}@other.example`) })),
      'no HTTP': (req) => req.socket.end(`${MARK} no HTTP\r\n\r\n`),
      'broken off': (_req, res) => res.writeHead(200, { 'content-length': '100' }).write(MARK, () => res.destroy()),
      silence: () => {},
      endless: (_req, res) => res.end(MARK.repeat(200_000)),
    };
    for (const [name, answer] of Object.entries(answers)) {
      issuer.state.answer = answer;
      for (const options of [byKeys, byMetadata]) {
        const other = name === 'another issuer' && options === byMetadata;
        const { told } = await failures(options, undefined, other ? 401 : 503);
        assert.ok(
          other || told.some(({ url }) => url.includes('?code=…&…')),
          `${name}: an operator recognizes the URL`,
        );
      }
      await failures(byEndpoint, `${MARK}-opaque`);
    }
    issuer.state.answer = undefined;
  });

  it('is in no error of a connection that is refused, and in none of an agent', async () => {
    const refused = { issuer: issuer.issuer, jwksUri: withKey('http://127.0.0.1:1/jwks') };
    const { errors } = await failures(refused);
    assert.match(errors[0].cause.message, /ECONNREFUSED/);
    assert.equal(errors[0].cause.code, 'ECONNREFUSED');
    class Proxied extends http.Agent {
      createConnection() {
        const socket = new net.Socket();
        process.nextTick(() =>
          socket.destroy(new Error(`cannot reach the proxy http://me:${MARK}@proxy.example:3128/?key=${MARK}`)),
        );
        return socket;
      }
    }
    const agent = new Proxied();
    const {
      errors: [error],
    } = await failures({ ...refused, agent });
    assert.match(error.cause.message, /http:\/\/…@proxy\.example:3128\/\?key=…/);
    agent.destroy();
  });

  it('is in no error of a test that mocks the network', async () => {
    nock('https://mocked.example').get('/other').reply(200, {});
    try {
      await failures({ issuer: issuer.issuer, jwksUri: withKey('https://mocked.example/jwks') });
    } finally {
      nock.restore();
      nock.cleanAll();
    }
  });

  it('is in no error of the key services', async () => {
    const services = [
      oauthJwt.jwksService(new oauthJwt.InMemoryCache(), withKey('https://127.0.0.1:1/jwks')),
      oauthJwt.jwksService(new oauthJwt.InMemoryCache(), `https://me:${MARK}`),
      oauthJwt.getSimpleJwksService(withKey('https://127.0.0.1:1/jwks')),
      oauthJwt.jwksService(
        { getKeyStore: async () => `{"keys":${MARK}`, setKeyStore: async () => {} },
        withKey('https://127.0.0.1:1/jwks'),
      ),
    ];
    for (const service of services) {
      let failed;
      await service((error) => {
        failed = error;
      });
      assert.ok(failed instanceof Error);
      assertSilent(failed, 'a key service');
      assertSilent(service, 'a key service');
    }
    const options = { issuer: named(), audience: AUDIENCE };
    const bad = oauthJwt.getSimpleJwksService(PASSWORD_URL);
    assert.throws(
      () => oauthJwt.secure(bad, options),
      (error) => {
        assertSilent(error, 'secure');
        return true;
      },
    );
  });

  const named = () => 'https://issuer.example';
});

describe('what is made of the options', () => {
  it('shows none of their secrets, and no token', async () => {
    const issuer = await startIssuer();
    issuer.state.answer = (_req, res) => res.end(JSON.stringify({ keys: issuer.state.keys }));
    const token = await issuer.token({ claims: { sub: MARK, email: MARK } });
    let result;
    const secret = express.auth({
      issuer: 'https://issuer.example',
      audience: AUDIENCE,
      secret: SECRET,
      tokenSigningAlg: 'HS256',
      dpop: { nonces: { secret: SECRET } },
    });
    const handler = express.auth({
      issuer: issuer.issuer,
      jwksUri: `${issuer.jwksUri}?code=${MARK}`,
      audience: AUDIENCE,
    });
    const api = await serve((app) =>
      app.use(handler, (req, res) => {
        result = req.auth;
        res.end();
      }),
    );
    try {
      assert.equal((await api.send('/', { token })).status, 200);
      for (const made of [
        secret,
        handler,
        handler.require(express.scopes('x')),
        express.authorize(express.scopes('x')),
      ])
        assertSilent(made, 'a middleware');
      const text = inspect(result, { depth: 10, showHidden: true });
      assert.match(text, /^AuthResult \{/);
      for (const one of [text, inspect({ result }, { depth: 10, showHidden: true })]) {
        for (const part of token.split('.')) assert.ok(!one.includes(part), one);
      }
      assert.equal(JSON.parse(JSON.stringify(result)).payload.sub, MARK, 'JSON is for the application');
    } finally {
      await api.close();
      await issuer.close();
    }
  });

  it('is walked through: each exported class is one that is shown here', async () => {
    const later = new Date(Date.now() + 60_000);
    const list = new express.RevocationList();
    list.revoke({ issuer: 'https://issuer.example', sub: MARK }, later);
    const api = core.protect({ issuer: 'https://issuer.example', audience: 'api' });
    const authorization = `Bearer ${MARK}`;
    const made = {
      Refusal: await api.check({ headers: { authorization } }).catch((refusal) => refusal),
      InsufficientAuthenticationError: new express.InsufficientAuthenticationError(),
      InsufficientScopeError: new express.InsufficientScopeError(['read']),
      InternalError: new express.InternalError('Internal Server Error'),
      InvalidProofError: new express.InvalidProofError(),
      InvalidRequestError: new express.InvalidRequestError(),
      InvalidTokenError: new express.InvalidTokenError(),
      NotReadyError: new express.NotReadyError(
        ['https://a.example'],
        [{ issuer: 'https://b.example', error: new Error('down') }],
      ),
      // The nonce is for the client: the header of its answer has it, and is read from the error.
      NonceRequiredError: new express.NonceRequiredError('Unauthorized', 'a nonce'),
      UnauthorizedError: new express.UnauthorizedError(),
      UnavailableError: new express.UnavailableError('unavailable', 'keys_unavailable', 1),
      RevocationList: list,
      // Public keys alone, which are no secret.
      InMemoryCache: new oauthJwt.InMemoryCache(),
      KeyStore: new oauthJwt.KeyStore([]),
    };
    const exported = [core, express, oauthJwt].flatMap((module) => Object.entries(module));
    const isClass = (value) => typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
    const classes = [...new Set(exported.filter(([, value]) => isClass(value)).map(([name]) => name))];
    assert.deepEqual(classes.sort(), Object.keys(made).sort());
    for (const [name, value] of Object.entries(made)) {
      assertSilent(value, name);
      assert.ok(!JSON.stringify(value).includes(MARK), name);
    }
  });
});
