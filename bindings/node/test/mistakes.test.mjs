// Mistakes in the options that would leave a protection off, or say nothing of themselves.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { auth, RevocationList } from 'bearward/express';

const BASE = { issuer: 'https://issuer.example', audience: 'api' };
const CLIENT = { clientId: 'api', clientSecret: 'a secret' };
const store = () => ({ entries: async () => [] });
const protect = (options) => () => auth({ ...BASE, ...options });
const refused = (options, message) => assert.throws(protect(options), { message });

describe('auth() with a mistake in its options', () => {
  it('asks every revocation list and store, or says that it cannot', () => {
    const list = new RevocationList();
    const message = "'revocation' takes at most one RevocationList and at most one store";
    for (const revocation of [[list, new RevocationList()], [store(), store()], [list, store(), store()], [list, list]]) {
      refused({ revocation }, message);
    }
    for (const revocation of [list, store(), [list], [store(), list], [list, store()]]) protect({ revocation })();
  });

  it('refuses unknown names where they protect something, and names those that exist', () => {
    for (const [options, option, name, known] of [
      [{ dpop: { require: true } }, 'dpop', 'require', 'enabled, required, iatOffset, iatLeeway, algorithms, nonces, rememberedProofs'],
      [{ dpop: { nonces: { secret: 'x'.repeat(32), lifeTime: 60 } } }, 'dpop.nonces', 'lifeTime', 'secret, previousSecret, lifetime'],
      [{ mtls: { enabled: true, requires: true } }, 'mtls', 'requires', 'enabled, required'],
      [{ introspection: { ...CLIENT, token: 'every' } }, 'introspection', 'token', 'clientId, clientSecret, clientAuthentication, privateKey, privateKeyAlg, privateKeyId, endpoint, tokens, answers, cacheDuration, refusalCacheDuration, bridgeDuration'],
      [{ dangerous: { queryToken: false } }, 'dangerous', 'queryToken', 'plainHttp, queryTokens, clockTolerance'],
      [{ resource: { identifier: 'https://api.example.com', scope: ['a'] } }, 'resource', 'scope', 'identifier, authorizationServers, scopes, name, documentation, members'],
      [{ clientCertificateHeader: { kind: 'pem', name: 'x' } }, 'clientCertificateHeader', 'name', 'kind, header'],
      [{ clientCertificateHeader: { kind: 'xfcc', header: 'x' } }, 'clientCertificateHeader', 'header', 'kind'],
      [{ mtls: { constructor: true } }, 'mtls', 'constructor', 'enabled, required'],
    ]) {
      refused(options, `'${option}' has no option '${name}'; there are ${known}`);
    }
  });

  it('warns once of an unknown name, which the original ignores', async () => {
    const warnings = [];
    const remember = (warning) => warnings.push(warning);
    process.on('warning', remember);
    try {
      const first = once(process, 'warning');
      protect({ authRequird: false })();
      protect({ authRequird: false })();
      await first;
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', remember);
    }
    assert.deepEqual(warnings.map(({ code }) => code), ['BEARWARD_UNKNOWN_OPTION']);
    assert.match(warnings[0].message, /^auth\(\) has no option 'authRequird', and ignores it; there are issuerBaseURL, /);
  });

  it('refuses numbers that no timer and no core can work with', () => {
    const timeout = "'timeoutDuration' must be a number of milliseconds, at most 2147483647";
    for (const timeoutDuration of [2 ** 31, Infinity, NaN, '5000']) refused({ timeoutDuration }, timeout);
    protect({ timeoutDuration: 2 ** 31 - 1 })();
    for (const name of ['clockTolerance', 'cooldownDuration', 'maxTokenAge', 'cacheMaxAge']) {
      refused({ [name]: NaN }, `'${name}' must be a number`);
    }
    for (const name of ['clockTolerance', 'cooldownDuration']) refused({ [name]: Infinity }, `'${name}' must be a finite number`);
    for (const name of ['cacheDuration', 'refusalCacheDuration', 'bridgeDuration']) {
      refused({ introspection: { ...CLIENT, [name]: Infinity } }, `'introspection.${name}' must be a finite number`);
    }
    refused({ dpop: { nonces: { secret: 'x'.repeat(32), lifetime: Infinity } } }, "'dpop.nonces.lifetime' must be a finite number");
    protect({ cacheMaxAge: Infinity })();
  });

  it('takes null for absent where the original does, and for a mistake elsewhere', () => {
    for (const name of ['publicOrigin', 'proxyHeaders', 'clientCertificateHeader', 'introspection', 'resource', 'replayStore', 'revocation', 'requirement', 'organizationClaim', 'dangerous']) {
      refused({ [name]: null }, `'${name}' must not be null: leave it out instead`);
    }
    for (const name of ['issuerBaseURL', 'jwksUri', 'secret', 'publicKey', 'tokenSigningAlg', 'mcd', 'validators', 'agent', 'cache']) {
      protect({ [name]: null })();
    }
    for (const options of [null, [], 'options']) assert.throws(() => auth(options), { message: "'auth' must be given an object of options" });
  });

  it('says which credential of the client is undefined', () => {
    const needed = 'exactly one of "clientSecret" and "privateKey" is needed';
    const prefix = 'Invalid introspection configuration:';
    refused({ introspection: { clientId: 'a', clientSecret: undefined } }, `${prefix} "clientSecret" is undefined; ${needed}`);
    refused({ introspection: { clientId: 'a', clientSecret: '' } }, `${prefix} "clientSecret" is empty; ${needed}`);
    refused({ introspection: { clientId: 'a', privateKey: undefined } }, `${prefix} "privateKey" is undefined; ${needed}`);
    refused({ introspection: { ...CLIENT, privateKey: 'x' } }, `${prefix} both are given; ${needed}`);
    protect({ introspection: { ...CLIENT, privateKey: undefined } })();
  });
});

describe('a revocation that would refuse nothing', () => {
  it('is a mistake', () => {
    const list = new RevocationList();
    const past = { name: 'RangeError', message: 'revocation: expiresAt is in the past, so nothing would be refused' };
    assert.throws(() => list.revoke({ issuer: BASE.issuer, sub: 'bob' }, new Date(Date.now() - 1)), past);
    assert.equal(list.size, 0);
  });
});
