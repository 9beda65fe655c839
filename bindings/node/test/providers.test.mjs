// A test per provider: `tests/conformance/providers/*.json` through Express, with keys made here and documents served
// over HTTPS under the provider's real host names. The README of `tests/conformance/` describes the files.

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { serve } from './app.mjs';
import { startInternet } from './internet.mjs';

const DIRECTORY = new URL('../../../tests/conformance/providers/', import.meta.url);
const FILES = readdirSync(DIRECTORY).sort();

const KINDS = {
  RS256: { type: 'rsa', options: { modulusLength: 2048 }, hash: 'sha256' },
  ES256: { type: 'ec', options: { namedCurve: 'P-256' }, hash: 'sha256' },
  ES384: { type: 'ec', options: { namedCurve: 'P-384' }, hash: 'sha384' },
};

/** Key pairs by name and algorithm. RSA keys take their time to make, so files share them. */
const made = new Map();

function keyPair(name, algorithm) {
  const id = `${name} ${algorithm}`;
  if (!made.has(id)) {
    const { type, options, hash } = KINDS[algorithm];
    let pair;
    do {
      pair = generateKeyPairSync(type, options);
    } while (name === 'short' && octets(pair.publicKey.export({ format: 'jwk' }).x)[0] !== 0); // about every 256th key
    made.set(id, { ...pair, hash, jwk: pair.publicKey.export({ format: 'jwk' }) });
  }
  return made.get(id);
}

const octets = (text) => Buffer.from(text, 'base64url');

/** How some providers write the number. */
const FORMS = {
  leading_zero: (number) => Buffer.concat([Buffer.from([0]), number]).toString('base64url'),
  without_leading_zero: (number) => {
    assert.equal(number[0], 0, 'a key called short');
    return number.subarray(1).toString('base64url');
  },
};

/** `{"$key": "name", "$form": "…", …}` becomes a JWK with the members that are written beside it. */
function filled(value, keys) {
  if (Array.isArray(value)) return value.map((item) => filled(item, keys));
  if (value === null || typeof value !== 'object') return value;
  if (value.$key === undefined)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, keys)]));
  const { $key, $form, ...beside } = value;
  const jwk = { ...keys[$key].jwk };
  if ($form !== undefined) {
    const number = jwk.kty === 'RSA' ? 'n' : 'x';
    jwk[number] = FORMS[$form](octets(jwk[number]));
  }
  return { ...jwk, ...beside };
}

/** `{"$now": seconds}`, `{"$now_ms": seconds}`, `{"$null": true}`. */
function timed(value, now) {
  if (Array.isArray(value)) return value.map((item) => timed(item, now));
  if (value === null || typeof value !== 'object') return value;
  if (value.$now !== undefined) return now + value.$now;
  if (value.$now_ms !== undefined) return (now + value.$now_ms) * 1000;
  if (value.$null) return null;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, timed(item, now)]));
}

/** The good token, with these changes; `null` takes a member away. */
function token(provider, keys, changes = {}) {
  const good = provider.token;
  const { sign, signature: form, padded = false, write = '{header}.{claims}.{signature}' } = { ...good, ...changes };
  const now = Math.floor(Date.now() / 1000);
  const base64url = (bytes) => {
    const text = Buffer.from(bytes).toString('base64url');
    return padded ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text;
  };
  const part = (name) => {
    const members = Object.entries({ ...good[name], ...changes[name] }).filter(([, value]) => value !== null);
    return base64url(JSON.stringify(timed(Object.fromEntries(members), now)));
  };
  const [header, claims] = [part('header'), part('claims')];
  const signature = form === 'absent' ? Buffer.alloc(0) : keys[sign].sign(`${header}.${claims}`, form);
  return write.replace('{header}', header).replace('{claims}', claims).replace('{signature}', base64url(signature));
}

function keysOf(kinds) {
  const key = (name, kind) => {
    if (typeof kind !== 'string')
      return { secret: kind.secret, sign: (input) => createHmac('sha256', kind.secret).update(input).digest() };
    const { hash, privateKey, publicKey, jwk } = keyPair(name, kind);
    const sign = (input, form) =>
      signBytes(hash, Buffer.from(input), { key: privateKey, dsaEncoding: form === 'der' ? 'der' : 'ieee-p1363' });
    return { jwk, pem: publicKey.export({ type: 'spki', format: 'pem' }), sign };
  };
  return Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, key(name, kind)]));
}

/** The options of `auth()` that the preset stands for; `undefined` where only a preset has a setting. */
function writtenOut({ settings, sent_in: header }, keys) {
  if (settings === undefined || settings.issuers.some(({ require_claims: claims }) => claims)) return undefined;
  const [issuer, ...others] = settings.issuers;
  assert.equal(others.length, 0, 'one issuer');
  const substitute = issuer.tokens_without_audience;
  const options = {
    issuer: issuer.issuer,
    issuerBaseURL: issuer.metadata_url,
    jwksUri: issuer.jwks_uri,
    publicKey: issuer.public_key && keys[issuer.public_key].pem,
    tokenSigningAlg: issuer.algorithms?.[0],
    secretBesideKeys: issuer.secret_beside_keys && keys[issuer.secret_beside_keys].secret,
    organizationClaim: issuer.organization_claim,
    tokensWithoutAudience: substitute && {
      ...(substitute.client_id && { clientId: substitute.client_id }),
      ...(substitute.azp && { azp: substitute.azp }),
      ...(substitute.claims && { claims: substitute.claims }),
    },
    audience: settings.audiences,
    dangerous: settings.tokens_without_issuer && { tokensWithoutIssuer: true },
    tokenPlace: header === undefined || issuer.load_balancer ? undefined : { header },
    loadBalancer: issuer.load_balancer && { arn: issuer.load_balancer },
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What the provider's users expect to read, in the names of the files. */
const reads = (req, res) => {
  const { sub, clientId, organizationId, scopes } = req.auth.info;
  res.json({ subject: sub ?? null, client_id: clientId ?? null, scopes, organization: organizationId ?? null });
};

for (const file of FILES) {
  const provider = JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8'));
  const keys = keysOf(provider.keys);
  const documents = new Map(
    Object.entries(provider.documents ?? {}).map(([url, { status = 200, headers, json, text }]) => {
      const type = json === undefined ? 'text/plain' : 'application/json';
      const body =
        json === undefined
          ? text.replace(/\{pem:(\w+)\}/g, (_, name) => keys[name].pem)
          : JSON.stringify(filled(json, keys));
      return [url, { status, headers: { 'content-type': type, ...headers }, body }];
    }),
  );
  const preset = provider.provider && { provider: provider.provider };
  const ways = { settings: writtenOut(provider, keys), preset };

  for (const [way, options] of Object.entries(ways).filter(([, options]) => options !== undefined)) {
    describe(`${file}, by its ${way}`, () => {
      let internet;
      let api;
      before(async () => {
        internet = await startInternet(documents);
        api = await serve((app) => {
          const protect = auth({ ...options, agent: internet.agent });
          app.get('/', protect, reads);
          (provider.routes ?? []).forEach(({ requires }, number) =>
            app.get(`/routes/${number}`, protect.require(requires), reads),
          );
        });
      });
      after(async () => {
        await api.close();
        await internet.close();
      });

      const ask = (path, sent) =>
        api.send(path, provider.sent_in ? { headers: { [provider.sent_in]: sent } } : { token: sent });

      it('lets the good tokens in, and reads them as its users expect', async () => {
        const good = token(provider, keys);
        const answer = await ask('/', good);
        assert.deepEqual([answer.status, answer.json], [200, provider.reads]);
        for (const [number, { requires, answer: expected }] of (provider.routes ?? []).entries()) {
          const { status, json } = await ask(`/routes/${number}`, good);
          assert.equal(status === 200 ? 'accepted' : json.reason, expected, JSON.stringify(requires));
        }
        for (const { name, token: changes } of provider.also_accepted ?? []) {
          const { status, json } = await ask('/', token(provider, keys, changes));
          assert.equal(status, 200, `${name}: ${JSON.stringify(json)}`);
        }
      });

      it('refuses the wrong ones', async () => {
        assert.ok(provider.refused.length >= 4);
        for (const { name, token: changes, status, code } of provider.refused) {
          const answer = await ask('/', token(provider, keys, changes));
          assert.deepEqual([answer.status, answer.json.reason], [status, code], name);
        }
      });
    });
  }
}
