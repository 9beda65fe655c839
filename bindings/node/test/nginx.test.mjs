// Express behind a real nginx, with the configuration of `docs/proxies.md`, and clients that forge headers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { serve } from './app.mjs';
import { dpopClient, proofOf, selfSigned } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';
import { startNginx } from './nginx.mjs';

const HOST = 'api.example.com';
const own = selfSigned('own');
const other = selfSigned('other');

const FORGED_URL = [
  ['X-Forwarded-Host', 'evil.test'],
  ['X-Forwarded-Host', 'evil.test'],
  ['X_Forwarded_Host', 'evil.test'],
  ['X-Forwarded-Proto', 'http'],
  ['X_Forwarded_Proto', 'http'],
  ['X-Forwarded-Port', '80'],
  ['X-Original-Host', 'evil.test'],
  ['Forwarded', 'host=evil.test;proto=http'],
];
/** Headers and spellings in which some proxy or other names certificates. */
const FORGED_NAMES = [
  'Client-Cert',
  'X-SSL-Client-Cert',
  'SSL-Client-Cert',
  'X-Forwarded-Client-Cert',
  'X-Forwarded-Tls-Client-Cert',
].flatMap((name) => [name, name.toUpperCase(), name.replaceAll('-', '_')]);
const FORMS = [
  encodeURIComponent(own.pem),
  own.pem.trim().replaceAll('\n', ' '),
  own.der.toString('base64'),
  `:${own.der.toString('base64')}:`,
  `Hash=${Buffer.from(own.x5t, 'base64url').toString('hex')}`,
];

describe('Behind nginx', () => {
  let issuer;
  let api;
  let nginx;
  /** Passes the client's own `X-Forwarded-*` on: its operator wants certificates alone. */
  let passing;
  let client;
  let bound;
  let proven;

  before(async () => {
    issuer = await startIssuer();
    api = await serve((app) => {
      app.set('trust proxy', 'loopback');
      const clientCertificateHeader = { kind: 'pem', header: 'x-ssl-client-cert' };
      const mount = (path, options) =>
        app.use(
          path,
          auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, clientCertificateHeader, ...options }),
          (_req, res) => res.json({}),
        );
      mount('/certificates', {});
      mount('/origin', { publicOrigin: `https://${HOST}` });
      mount('/named', { proxyHeaders: { host: 'x-forwarded-host', proto: 'x-forwarded-proto' } });
    });
    const settings = { certificate: selfSigned(HOST), clients: own.pem + other.pem };
    nginx = await startNginx(api.port, settings);
    passing = await startNginx(api.port, { ...settings, without: 'X-Forwarded-' });
    client = await dpopClient();
    bound = await issuer.token({ claims: { cnf: { 'x5t#S256': own.x5t } } });
    proven = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
  });
  after(async () => {
    await nginx?.stop();
    await passing?.stop();
    await api?.close();
    await issuer?.close();
  });

  async function send({ port }, path, certificate, headers, host = HOST) {
    const request = https.request({
      host: '127.0.0.1',
      port,
      path,
      servername: HOST,
      agent: false,
      rejectUnauthorized: false,
      ...(certificate && { key: certificate.key, cert: certificate.pem }),
      headers: [['Host', host], ...headers].flat(),
    });
    request.end();
    const [response] = await once(request, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    try {
      return JSON.parse(text).reason ?? response.statusCode;
    } catch {
      return response.statusCode;
    }
  }

  const withCertificate = (proxy, path, certificate, headers = []) =>
    send(proxy, path, certificate, [['Authorization', `Bearer ${bound}`], ...headers]);

  async function withProof(proxy, path, origin, headers = [], host = HOST) {
    const proof = await proofOf(client, { url: `${origin}${path}`, token: proven });
    return send(proxy, path, undefined, [['Authorization', `DPoP ${proven}`], ['DPoP', proof], ...headers], host);
  }

  it('a certificate binds, whatever is forged', async () => {
    const all = FORGED_NAMES.map((name) => [name, FORMS[0]]);
    for (const path of ['/certificates', '/origin', '/named']) {
      for (const forged of [[], all]) {
        assert.equal(await withCertificate(nginx, path, own, forged), 200, path);
        assert.equal(await withCertificate(nginx, path, other, forged), 'certificate_mismatch', path);
        assert.equal(await withCertificate(nginx, path, undefined, forged), 'certificate_required', path);
      }
    }
    for (const name of FORGED_NAMES) {
      for (const value of FORMS) {
        for (const forged of [
          [[name, value]],
          [
            [name, value],
            [name, value],
          ],
        ]) {
          assert.equal(
            await withCertificate(nginx, '/named', undefined, forged),
            'certificate_required',
            `${name}: ${value}`,
          );
        }
      }
    }
  });

  it('a proof names the public URL, whatever is forged', async () => {
    for (const path of ['/origin', '/named']) {
      assert.equal(await withProof(nginx, path, `https://${HOST}`), 200, path);
      assert.equal(await withProof(nginx, path, `https://${HOST}`, FORGED_URL), 200, path);
    }
    for (const path of ['/certificates', '/origin', '/named']) {
      for (const origin of ['https://evil.test', 'http://evil.test', `http://${HOST}`]) {
        for (const forged of [[], FORGED_URL, ...FORGED_URL.map((one) => [one])]) {
          assert.equal(
            await withProof(nginx, path, origin, forged),
            'proof_url_mismatch',
            `${path} ${origin} ${forged}`,
          );
        }
        const hopByHop = [...FORGED_URL, ['Connection', 'X-Forwarded-Host, X-Forwarded-Proto']];
        assert.equal(await withProof(nginx, path, origin, hopByHop), 'proof_url_mismatch', `${path} ${origin}`);
        assert.equal(await withProof(nginx, path, origin, FORGED_URL, 'evil.test'), 421, `${path} ${origin}`);
      }
    }
  });

  it('a proxy that passes X-Forwarded-Host on does no harm where it is not named', async () => {
    const https = [
      ['X-Forwarded-Host', 'evil.test'],
      ['X-Forwarded-Proto', 'https'],
    ];
    for (const path of ['/certificates', '/origin']) {
      assert.equal(await withProof(passing, path, 'https://evil.test', https), 'proof_url_mismatch', path);
      assert.equal(await withCertificate(passing, path, own, https), 200, path);
    }
    assert.equal(await withProof(passing, '/origin', `https://${HOST}`, https), 200);
    assert.equal(await withProof(passing, '/named', 'https://evil.test', https), 200, 'so it must not be named there');
  });
});
