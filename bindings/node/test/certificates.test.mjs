// Certificate-bound tokens (RFC 8705) through Express: the certificate of the connection, of a function, of a proxy.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import { after, before, describe, it } from 'node:test';
import { auth, authorize, errorHandler, scopes } from 'bearward/express';
import { AND_DPOP, EXPRESS, express as express5, serve } from './app.mjs';
import { dpopClient, proofOf, selfSigned } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const own = selfSigned('own');
const other = selfSigned('other');

for (const [name, express] of EXPRESS) {
  describe(`certificates in ${name}`, () => {
    let issuer;
    let api;
    let bound;
    let unbound;
    before(async () => {
      issuer = await startIssuer();
      bound = await issuer.token({ claims: { cnf: { 'x5t#S256': own.x5t }, scope: 'a' } });
      unbound = await issuer.token({ claims: { scope: 'a' } });
      api = await serve((app) => {
        const answer = (req, res) => res.json({ sub: req.auth.payload.sub });
        const mount = (path, options, ...more) =>
          app.use(path, auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, ...options }), ...more, answer);
        mount('/ignored', {});
        mount('/off', { mtls: { enabled: false }, getCertificate: () => own.pem });
        const found = {
          pem: own.pem,
          chain: `${own.pem}${other.pem}`,
          der: own.der,
          bytes: new Uint8Array(own.der),
          pemBytes: Buffer.from(own.pem),
          garbageBytes: Buffer.from('-----BEGIN CERTIFICATE-----'),
          x509: new X509Certificate(own.pem),
          other: other.pem,
          nothing: undefined,
          null: null,
          garbage: 'garbage',
          empty: Buffer.alloc(0),
        };
        for (const [what, certificate] of Object.entries(found))
          mount(`/${what}`, { getCertificate: () => certificate });
        mount('/throws', {
          getCertificate: () => {
            throw new Error('no TLS here');
          },
        });
        mount('/promise', { getCertificate: async () => own.pem });
        mount('/rejects', {
          getCertificate: async () => {
            throw new Error('no certificate today');
          },
        });
        mount('/required', { getCertificate: () => own.pem, mtls: { required: true } }, authorize(scopes('a')));
        mount('/core', { getCertificate: () => undefined }, errorHandler({ words: 'core' }));
        mount('/plain', { mtls: { enabled: true } });
        app.use('/core', errorHandler({ words: 'core' }));
      }, express);
    });
    after(async () => {
      await api.close();
      await issuer.close();
    });

    it('let a token pass with its own', async () => {
      for (const path of ['/pem', '/chain', '/der', '/bytes', '/pemBytes', '/x509', '/required']) {
        const { status, json } = await api.send(path, { token: bound });
        assert.deepEqual([status, json], [200, { sub: 'alice' }], path);
      }
    });

    it('refuse it with another, or none, in the words of old', async () => {
      const required = 'A client certificate is required for this certificate-bound access token';
      for (const [path, status, className, code, reason, message] of [
        [
          '/other',
          401,
          'InvalidTokenError',
          'invalid_token',
          'certificate_mismatch',
          'JWT Access Token confirmation mismatch',
        ],
        ['/nothing', 400, 'InvalidRequestError', 'invalid_request', 'certificate_required', required],
        ['/null', 400, 'InvalidRequestError', 'invalid_request', 'certificate_required', required],
        ['/throws', 400, 'InvalidRequestError', 'invalid_request', 'certificate_required', required],
        ['/plain', 400, 'InvalidRequestError', 'invalid_request', 'certificate_required', required],
        ['/garbage', 400, 'InvalidRequestError', '', undefined, 'Client certificate is not valid PEM'],
        ['/garbageBytes', 400, 'InvalidRequestError', '', undefined, 'Client certificate is not valid PEM'],
        ['/empty', 400, 'InvalidRequestError', '', undefined, 'Client certificate is empty'],
        ['/ignored', 401, 'InvalidTokenError', 'invalid_token', 'certificate_required', required],
        ['/off', 401, 'InvalidTokenError', 'invalid_token', 'certificate_required', required],
      ]) {
        const answer = await api.send(path, { token: bound });
        assert.deepEqual(
          [answer.status, answer.json.name, answer.json.code, answer.json.reason, answer.json.message],
          [status, className, code, reason, message],
          path,
        );
        const error = code === '' ? '' : `, error="${code}", error_description="${message}"`;
        assert.equal(answer.challenge, `Bearer realm="api"${error}${AND_DPOP}`);
      }
      assert.equal(
        (await api.send('/promise', { token: bound })).status,
        599,
        'a mistake of the application is its own',
      );
    });

    it('that are promised are a mistake, and one that is not kept ends no process', async () => {
      const unhandled = [];
      const remember = (reason) => unhandled.push(reason);
      process.on('unhandledRejection', remember);
      try {
        for (const path of ['/promise', '/rejects']) {
          const { status, json } = await api.send(path, { token: bound });
          assert.deepEqual([status, json.name], [599, 'TypeError'], path);
          assert.match(json.message, /no promise/);
          assert.equal((await api.send(path, { token: unbound })).status, 200, 'whose token asks for none goes on');
        }
        // Node.js reports a rejection once the microtasks of its turn are over.
        await new Promise((resolve) => setImmediate(resolve));
        assert.deepEqual(unhandled, []);
      } finally {
        process.off('unhandledRejection', remember);
      }
    });

    it('are asked for in the words of the core', async () => {
      const { status, json } = await api.send('/core', { token: bound });
      assert.deepEqual(
        [status, json],
        [
          401,
          {
            error: 'invalid_token',
            error_description: 'the access token is bound to a certificate and came without it',
          },
        ],
      );
    });

    it("are nobody else's business", async () => {
      for (const path of ['/pem', '/other', '/nothing', '/garbage', '/throws', '/ignored', '/plain']) {
        assert.equal((await api.send(path, { token: unbound })).status, 200, path);
      }
      const { status, json } = await api.send('/required', { token: unbound });
      assert.deepEqual(
        [status, json.name, json.reason, json.message],
        [
          401,
          'InvalidTokenError',
          'token_not_certificate_bound',
          'JWT Access Token has no x5t#S256 confirmation claim',
        ],
      );
    });

    it('and proofs are both needed where a token is bound in both ways', async () => {
      const client = await dpopClient();
      const token = await issuer.token({ claims: { cnf: { 'x5t#S256': own.x5t, jkt: client.jkt } } });
      const send = async (path, scheme, proven = true) => {
        const proof = await proofOf(client, { url: `http://127.0.0.1:${api.port}${path}`, token });
        const headers = [['Authorization', `${scheme} ${token}`], ...(proven ? [['DPoP', proof]] : [])];
        const { status, json } = await api.send(path, { headers });
        return json.reason ?? status;
      };
      assert.equal(await send('/pem', 'DPoP'), 200);
      assert.equal(await send('/required', 'DPoP'), 'insufficient_scope');
      assert.equal(await send('/pem', 'DPoP', false), 'proof_missing');
      assert.equal(await send('/pem', 'Bearer'), 'proof_required');
      assert.equal(await send('/other', 'DPoP'), 'certificate_mismatch');
      assert.equal(await send('/ignored', 'DPoP'), 'certificate_required');
      const proofAlone = await issuer.token({ claims: { cnf: { jkt: client.jkt }, scope: 'a' } });
      const proof = await proofOf(client, { url: `http://127.0.0.1:${api.port}/required`, token: proofAlone });
      const { json } = await api.send('/required', {
        headers: [
          ['Authorization', `DPoP ${proofAlone}`],
          ['DPoP', proof],
        ],
      });
      assert.equal(json.reason, 'token_not_certificate_bound', 'required is required');
    });
  });
}

describe('The certificate of the connection', () => {
  it('is the one that counts, without a function', async () => {
    const issuer = await startIssuer();
    const bound = await issuer.token({ claims: { cnf: { 'x5t#S256': own.x5t } } });
    const app = express5();
    app.use(auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, mtls: { enabled: true } }), (_req, res) =>
      res.json({}),
    );
    app.use((error, _req, res, _next) => res.status(error.status ?? 599).json({ reason: error.reason }));
    const server = https.createServer(
      { key: other.key, cert: other.pem, requestCert: true, rejectUnauthorized: false },
      app,
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const ask = async (credentials) => {
      const headers = { authorization: `Bearer ${bound}` };
      const request = https.request({
        host: '127.0.0.1',
        port: server.address().port,
        agent: false,
        rejectUnauthorized: false,
        headers,
        ...credentials,
      });
      request.end();
      const [response] = await once(request, 'response');
      let text = '';
      for await (const chunk of response) text += chunk;
      return JSON.parse(text).reason ?? response.statusCode;
    };
    try {
      assert.equal(await ask({ key: own.key, cert: own.pem }), 200);
      assert.equal(await ask({ key: other.key, cert: other.pem }), 'certificate_mismatch');
      assert.equal(await ask({}), 'certificate_required');
      app.set('trust proxy', 'loopback');
      assert.equal(await ask({ key: own.key, cert: own.pem }), 'certificate_required', "the connection is a proxy's");
    } finally {
      server.closeAllConnections();
      server.close();
      await issuer.close();
    }
  });
});

describe('The certificate in a header', () => {
  const escaped = encodeURIComponent(own.pem);
  const hash = Buffer.from(own.x5t, 'base64url').toString('hex');
  const KINDS = [
    [{ kind: 'pem', header: 'X-SSL-Client-Cert' }, 'X-SSL-Client-Cert', escaped],
    [{ kind: 'pem', header: 'X-SSL-Client-Cert' }, 'X-SSL-Client-Cert', own.pem.trim().replaceAll('\n', ' ')],
    [{ kind: 'base64-der', header: 'X-SSL-Client-Der' }, 'X-SSL-Client-Der', own.der.toString('base64')],
    [
      { kind: 'x-forwarded-tls-client-cert' },
      'X-Forwarded-Tls-Client-Cert',
      [own, other].map(({ der }) => der.toString('base64')).join(','),
    ],
    [{ kind: 'client-cert' }, 'Client-Cert', `:${own.der.toString('base64')}:`],
    [{ kind: 'xfcc' }, 'X-Forwarded-Client-Cert', `Hash=${hash}`],
  ];
  let issuer;
  let bound;
  before(async () => {
    issuer = await startIssuer();
    bound = await issuer.token({ claims: { cnf: { 'x5t#S256': own.x5t } } });
  });
  after(() => issuer.close());

  async function ask(clientCertificateHeader, trust, headers) {
    const api = await serve((app) => {
      if (trust !== undefined) app.set('trust proxy', trust);
      app.use(auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, clientCertificateHeader }), (_req, res) =>
        res.json({}),
      );
    });
    const { status, json } = await api.send('/', { token: bound, headers });
    await api.close();
    return json.reason ?? status;
  }

  it('counts from a proxy that Express trusts, and from nobody else', async () => {
    for (const [option, header, value] of KINDS) {
      assert.equal(await ask(option, 'loopback', [[header, value]]), 200, option.kind);
      for (const trust of [undefined, false, '10.0.0.0/8', 0, () => false]) {
        assert.equal(await ask(option, trust, [[header, value]]), 'certificate_required', `${option.kind} ${trust}`);
      }
      assert.equal(await ask(option, 'loopback', []), 'certificate_required', option.kind);
      assert.equal(await ask(option, 'loopback', [[header, '']]), 'certificate_required', option.kind);
      assert.equal(await ask(option, 'loopback', [[header, 'nonsense']]), 'certificate_malformed', option.kind);
      assert.equal(
        await ask(option, 'loopback', [
          [header, value],
          [header, value],
        ]),
        'certificate_malformed',
        option.kind,
      );
    }
  });

  it('is refused at start where it cannot work', () => {
    const make = (own) => () => auth({ issuerBaseURL: 'https://issuer.example', audience: AUDIENCE, ...own });
    for (const [options, message] of [
      [
        { clientCertificateHeader: { kind: 'pem', header: 'not a header' } },
        /^clientCertificateHeader\.header: must be the name of a header$/,
      ],
      // The core has forms that are no header: none of them can be named here.
      ...['other', 'connection', 'x-forwarded-client-cert', '__proto__', undefined].map((kind) => [
        { clientCertificateHeader: { kind } },
        /^'clientCertificateHeader\.kind' must be one of pem, base64-der, client-cert, xfcc, x-forwarded-tls-client-cert$/,
      ]),
      [{ clientCertificateHeader: { kind: 'pem' } }, /^clientCertificateHeader\.header: is mandatory$/],
      [
        { clientCertificateHeader: { kind: 'client-cert' }, getCertificate: () => own.pem },
        /^You must not provide both 'getCertificate' and 'clientCertificateHeader'$/,
      ],
      [{ getCertificate: own.pem }, /^Invalid mTLS configuration: "getCertificate" must be a function$/],
    ]) {
      assert.throws(make(options), { message });
    }
  });
});
