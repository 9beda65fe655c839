// What an AWS load balancer says of the users that it has logged in: keys as it publishes them, tokens as it writes them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { EXPRESS, serve } from './app.mjs';

const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188';
const ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_x';
const HEADER = 'x-amzn-oidc-data';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const kid = randomUUID();
const padded = (bytes) => Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const seconds = () => Math.floor(Date.now() / 1000);

function said({ header = {}, payload = {} } = {}) {
  const whole = {
    typ: 'JWT',
    kid,
    alg: 'ES256',
    iss: ISSUER,
    client: 'the-client',
    signer: ARN,
    exp: seconds() + 120,
    ...header,
  };
  const user = { sub: 'alice', email: 'alice@example.com', ...payload };
  const input = `${padded(JSON.stringify(whole))}.${padded(JSON.stringify(user))}`;
  return `${input}.${padded(sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }))}`;
}

let keys;
let asked;
let options;
before(async () => {
  asked = [];
  keys = http.createServer((req, res) => {
    asked.push(req.url);
    if (req.url === `/keys/${kid}`) res.end(publicKey.export({ type: 'spki', format: 'pem' }));
    else res.writeHead(403).end();
  });
  keys.listen(0, '127.0.0.1');
  await once(keys, 'listening');
  const keysAt = `http://127.0.0.1:${keys.address().port}/keys/`;
  options = { issuer: ISSUER, audience: 'the-client', loadBalancer: { arn: ARN, keysAt } };
});
after(() => keys.close());

for (const [name, express] of EXPRESS) {
  describe(`behind an AWS load balancer, ${name}`, () => {
    let api;
    const ask = async (token, more = {}) => {
      const { status, json } = await api.send('/', { headers: { [HEADER]: token, ...more } });
      return [status, json?.sub ?? json?.reason ?? json?.message];
    };
    before(async () => {
      api = await serve(
        (app) => app.use(auth(options), (req, res) => res.json({ ...req.auth.payload, info: req.auth.info })),
        express,
      );
    });
    after(() => api.close());

    it('the user that it names comes in, with what its header says', async () => {
      const tokens = ['', 'a', 'aa'].map((name) =>
        said({ payload: { name, iss: 'https://evil.example', aud: 'another', exp: 1 } }),
      );
      assert.ok(tokens.some((token) => /[^=]=\./.test(token)) && tokens.some((token) => /==\./.test(token)));
      for (const token of tokens) {
        const { status, json, headers } = await api.send('/', {
          headers: { [HEADER]: token, Authorization: 'Bearer x' },
        });
        assert.equal(status, 200, JSON.stringify(json));
        assert.deepEqual(
          [json.sub, json.iss, json.aud, json.email],
          ['alice', ISSUER, 'the-client', 'alice@example.com'],
        );
        assert.deepEqual(json.info, { sub: 'alice', clientId: 'the-client', scopes: [], audience: ['the-client'] });
        assert.equal(headers['cache-control'], 'private');
      }
    });

    it('anything else is refused', async () => {
      for (const [header, expected] of [
        [{ signer: ARN.replace('web', 'evil') }, [401, 'signer_mismatch']],
        [{ signer: undefined }, [401, 'signer_mismatch']],
        [{ client: 'another' }, [401, 'audience_mismatch']],
        [{ iss: 'https://evil.example' }, [401, 'issuer_unknown']],
        [{ exp: seconds() - 60 }, [401, 'token_expired']],
        [{ exp: undefined }, [401, 'claim_missing']],
        [{ kid: '../secret' }, [401, 'key_unknown']],
        [{ kid: undefined }, [401, 'key_unknown']],
      ]) {
        assert.deepEqual(await ask(said({ header })), expected, JSON.stringify(header));
      }
      assert.deepEqual(await ask(said().replaceAll('=', '')), [401, 'token_malformed']);
      assert.deepEqual(await ask(said(), { 'Sec-Fetch-Site': 'cross-site' }), [400, 'cross_origin']);
      assert.equal((await api.send('/', { token: said() })).status, 401, 'Authorization is not looked at');
    });

    it('made-up keys are asked for a few times, and where AWS has none their tokens are refused', async () => {
      const before = asked.length;
      const answers = new Set();
      for (let round = 0; round < 20; round += 1) answers.add((await ask(said({ header: { kid: randomUUID() } })))[0]);
      assert.ok(asked.length - before <= 4, `${asked.length - before}`);
      assert.deepEqual(
        [...answers].filter((status) => ![401, 503].includes(status)),
        [],
      );
      assert.deepEqual(await ask(said()), [200, 'alice']);
      assert.ok(asked.every((url) => /^\/keys\/[0-9a-f-]{36}$/.test(url)));
    });
  });
}

describe('loadBalancer', () => {
  it('is what clients are told: no method of RFC 6750, and no DPoP', () => {
    const { resourceMetadata } = auth({ ...options, resource: { identifier: 'https://api.example.com' } });
    const document = JSON.parse(resourceMetadata.json);
    assert.deepEqual(
      [document.bearer_methods_supported, document.dpop_signing_alg_values_supported],
      [undefined, undefined],
    );
  });

  it('is refused where it cannot work', () => {
    for (const [change, message] of [
      [{ loadBalancer: { arn: 'web' } }, /^loadBalancer\.arn: must be an ARN/],
      [{ loadBalancer: {} }, "'loadBalancer' needs an 'arn'"],
      [{ loadBalancer: { arn: ARN, signer: ARN } }, "'loadBalancer' has no option 'signer'; there are arn, keysAt"],
      [{ loadBalancer: { arn: ARN, keysAt: 'http://keys.example/' } }, /^loadBalancer\.keysAt: .*plain http/],
      [{ jwksUri: 'https://keys.example/' }, "You must not provide both 'loadBalancer' and 'jwksUri'"],
      [{ tokenPlace: { cookie: 'token' } }, 'loadBalancer: it sends its tokens in a header'],
    ]) {
      assert.throws(() => auth({ ...options, ...change }), { message }, JSON.stringify(change));
    }
  });
});
