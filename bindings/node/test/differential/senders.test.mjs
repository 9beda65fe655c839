// The same proofs and certificates to `express-oauth2-jwt-bearer` and to `bearward/express`.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { express, serve } from '../app.mjs';
import { dpopClient, hashOf, proofOf, selfSigned } from '../client.mjs';
import { AUDIENCE, startIssuer } from '../issuer.mjs';
import { Accepted } from './accepted.mjs';

const original = createRequire(import.meta.url)('express-oauth2-jwt-bearer');

const own = selfSigned('own');
const other = selfSigned('other');
const now = () => Math.floor(Date.now() / 1000);

const OPTIONS = {
  defaults: {},
  required: { dpop: { required: true } },
  window: { dpop: { iatOffset: 10, iatLeeway: 5 } },
  off: { dpop: { enabled: false } },
  certificate: { getCertificate: () => own.pem },
  'certificate in DER': { getCertificate: () => own.der },
  'other certificate': { getCertificate: () => other.pem },
  'no certificate': { getCertificate: () => undefined },
  'certificate unreadable': { getCertificate: () => 'x' },
  'certificate empty': { getCertificate: () => new Uint8Array(0) },
  'certificate not found': {
    getCertificate: () => {
      throw new Error('x');
    },
  },
  'certificate required': { getCertificate: () => own.pem, mtls: { required: true } },
  'certificate required and no DPoP': {
    getCertificate: () => own.pem,
    mtls: { required: true },
    dpop: { enabled: false },
  },
  'certificates off': { getCertificate: () => own.pem, mtls: { enabled: false } },
};

/** Changes to a good proof, as `proofOf` takes them. */
function proofChanges(client, stranger) {
  return {
    nothing: {},
    'htm another': { claims: { htm: 'POST' } },
    'htm in lower case': { claims: { htm: 'get' } },
    'htm absent': { unset: ['htm'] },
    'htm a number': { claims: { htm: 7 } },
    'htm empty': { claims: { htm: '' } },
    'htu absent': { unset: ['htu'] },
    'htu a number': { claims: { htu: 7 } },
    'htu no URL': { claims: { htu: 'x' } },
    'htu another': { claims: { htu: 'https://other.example/' } },
    'htu with a query and a fragment': { claims: (url) => ({ htu: `${url}?a=1#b` }) },
    'htu in upper case': { claims: (url) => ({ htu: url.replace('http:', 'HTTP:') }) },
    'htu percent-encoded': { claims: (url) => ({ htu: url.replace(/\/e/, '/%65') }) },
    'htu with a slash more': { claims: (url) => ({ htu: `${url}/` }) },
    'iat absent': { unset: ['iat'] },
    'iat text': { claims: { iat: 'now' } },
    'iat zero': { claims: { iat: 0 } },
    'iat 8 seconds ago': { claims: () => ({ iat: now() - 8 }) },
    'iat a minute ago': { claims: () => ({ iat: now() - 60 }) },
    'iat an hour ago': { claims: () => ({ iat: now() - 3600 }) },
    'iat in 4 seconds': { claims: () => ({ iat: now() + 4 }) },
    'iat in 20 seconds': { claims: () => ({ iat: now() + 20 }) },
    'iat in an hour': { claims: () => ({ iat: now() + 3600 }) },
    'jti absent': { unset: ['jti'] },
    'jti empty': { claims: { jti: '' } },
    'jti a number': { claims: { jti: 7 } },
    'ath absent': { unset: ['ath'] },
    'ath a number': { claims: { ath: 7 } },
    'ath another': { claims: { ath: hashOf('x') } },
    'exp past': { claims: () => ({ exp: now() - 60 }) },
    'nonce unasked': { claims: { nonce: 'x' } },
    'typ absent': { unset: ['typ'] },
    'typ JWT': { header: { typ: 'JWT' } },
    'typ application/dpop+jwt': { header: { typ: 'application/dpop+jwt' } },
    'jwk absent': { unset: ['jwk'] },
    'jwk private': { header: { jwk: client.privateJwk } },
    'jwk a secret': { header: { jwk: { kty: 'oct', k: 'eHh4' } } },
    'jwk of another curve': { header: { jwk: { ...client.jwk, crv: 'P-384' } } },
    'jwk of somebody else': { header: { jwk: stranger.jwk } },
    'alg HS256': { header: { alg: 'HS256' }, signWith: new Uint8Array(32) },
    'signed by somebody else': { signWith: stranger.privateKey },
  };
}

/** `200`, or `400 invalid_dpop_proof DPoP Proof htm mismatch`. */
function summary({ status, json }) {
  return status === 200 ? '200' : [status, json?.code || '-', json?.message].join(' ').trim();
}

/** Which algorithms are named is another difference, in the README. */
const withoutAlgorithms = (challenge) => challenge?.replace(/algs="[^"]*"/, 'algs="…"');

describe('proofs and certificates beside express-oauth2-jwt-bearer', () => {
  let issuer;
  let api;
  const accepted = new Accepted('./accepted-differences.json', 'senders');
  before(async () => {
    issuer = await startIssuer();
    api = await serve((app) => {
      for (const [name, options] of Object.entries(OPTIONS)) {
        for (const [side, make] of [
          ['original', original.auth],
          ['bearward', auth],
        ]) {
          const handler = make({ issuerBaseURL: issuer.issuer, audience: AUDIENCE, ...options });
          app.use(
            `/${side}/${encodeURIComponent(name)}`,
            express.urlencoded({ extended: false }),
            handler,
            (req, res) => res.json({ sub: req.auth.payload.sub }),
          );
        }
      }
    });
  });
  after(async () => {
    await api.close();
    await issuer.close();
  });

  /** Every request, as a function of the URL it is sent to. */
  async function requests() {
    const client = await dpopClient();
    const stranger = await dpopClient();
    const tokens = {};
    for (const [name, cnf] of Object.entries({
      plain: undefined,
      bound: { jkt: client.jkt },
      certified: { 'x5t#S256': own.x5t },
      both: { jkt: client.jkt, 'x5t#S256': own.x5t },
      'another kind': { kid: 'x' },
    })) {
      tokens[name] = await issuer.token({ claims: cnf && { cnf } });
    }
    const cases = {};
    for (const [name, { claims, ...change }] of Object.entries(proofChanges(client, stranger))) {
      cases[`proof: ${name}`] = async (url) => {
        const own = typeof claims === 'function' ? claims(url) : claims;
        return presented(
          'DPoP',
          tokens.bound,
          await proofOf(client, { url, token: tokens.bound }, { claims: own, ...change }),
        );
      };
    }
    for (const [name, token] of Object.entries(tokens)) {
      cases[`${name}: as bearer`] = async () => presented('Bearer', token);
      cases[`${name}: as bearer with a proof`] = async (url) =>
        presented('Bearer', token, await proofOf(client, { url, token }));
      cases[`${name}: with a proof`] = async (url) => presented('DPoP', token, await proofOf(client, { url, token }));
      cases[`${name}: without a proof`] = async () => presented('DPoP', token);
    }
    const good = (url) => proofOf(client, { url, token: tokens.bound });
    return Object.assign(cases, {
      nothing: async () => [],
      'proof alone': async (url) => [['DPoP', await good(url)]],
      'scheme in lower case': async (url) => presented('dpop', tokens.bound, await good(url)),
      'proof twice': async (url) => [...presented('DPoP', tokens.bound, await good(url)), ['DPoP', await good(url)]],
      'two proofs in one header': async (url) =>
        presented('DPoP', tokens.bound, `${await good(url)}, ${await good(url)}`),
      'proof empty': async () => presented('DPoP', tokens.bound, ''),
      'proof no JWT': async () => presented('DPoP', tokens.bound, 'x'),
      'proof of two parts': async (url) =>
        presented('DPoP', tokens.bound, (await good(url)).split('.').slice(0, 2).join('.')),
      'token expired': async (url) => {
        const token = await issuer.token({ claims: { exp: 1, cnf: { jkt: client.jkt } } });
        return presented('DPoP', token, await proofOf(client, { url, token }));
      },
      'Host another': async (url) => [...presented('DPoP', tokens.bound, await good(url)), ['Host', 'other.example']],
      'X-Forwarded-Host from anyone': async (url) => [
        ...presented('DPoP', tokens.bound, await good(url)),
        ['X-Forwarded-Host', 'other.example'],
      ],
    });
  }

  it('say the same, or what is listed', async () => {
    const cases = await requests();
    const unlisted = [];
    for (const options of Object.keys(OPTIONS)) {
      for (const [name, make] of Object.entries(cases)) {
        const [theirs, ours] = await Promise.all(
          ['original', 'bearward'].map(async (side) => {
            const path = `/${side}/${encodeURIComponent(options)}`;
            return api.send(path, { headers: await make(`http://127.0.0.1:${api.port}${path}`) });
          }),
        );
        const [a, b] = [summary(theirs), summary(ours)];
        if (a === b) {
          assert.equal(withoutAlgorithms(ours.challenge), withoutAlgorithms(theirs.challenge), `${options}: ${name}`);
        } else if (!accepted.covers(options, name, a, b)) {
          unlisted.push({ options, case: name, original: a, bearward: b });
        }
      }
    }
    assert.ok(
      Accepted.none(unlisted),
      `not in accepted-differences.json: ${JSON.stringify(unlisted.slice(0, 5), null, 1)}`,
    );
    assert.deepEqual(accepted.unseen, [], 'listed differences that do not occur');
  });

  it('differ in what a second look at a proof says', async () => {
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const statuses = {};
    for (const side of ['original', 'bearward']) {
      const path = `/${side}/defaults`;
      const headers = presented(
        'DPoP',
        token,
        await proofOf(client, { url: `http://127.0.0.1:${api.port}${path}`, token }),
      );
      statuses[side] = [(await api.send(path, { headers })).status, (await api.send(path, { headers })).status];
    }
    assert.deepEqual(statuses, { original: [200, 200], bearward: [200, 400] });
  });
});

function presented(scheme, token, proof) {
  return [['Authorization', `${scheme} ${token}`], ...(proof === undefined ? [] : [['DPoP', proof]])];
}
