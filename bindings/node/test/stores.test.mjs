// State that outlives a request: a store of used proofs, revocations of one process and of several.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auth, revocationKey, RevocationList } from 'bearward/express';
import { serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { withCalendarMoved } from './clock.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';
import { startRedis } from './redis.mjs';

const MINUTE = 60_000;

/** As the README shows it. */
const redisStore = (redis) => ({
  async claim(key, expiresAt) {
    const ttl = Math.max(expiresAt - Date.now(), 0) + MINUTE;
    return (await redis.set(`dpop:${key}`, '1', 'PX', ttl, 'NX')) === 'OK';
  },
});

/** An API that answers `{}`; `send()` makes a proof unless one is given. */
async function protect(issuer, options) {
  const client = await dpopClient();
  const token = await issuer.token({ claims: { cnf: { jkt: client.jkt }, sid: 's1' } });
  const causes = [];
  const api = await serve((app) => {
    app.use(auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, ...options }), (_req, res) => res.json({}));
    app.use((error, _req, _res, next) => {
      causes.push(error.cause);
      next(error);
    });
  });
  const prove = () => proofOf(client, { url: 'https://api.example.com/', token });
  const send = async (proof) =>
    api.send('/', {
      headers: [
        ['Authorization', `DPoP ${token}`],
        ['DPoP', proof ?? (await prove())],
      ],
    });
  return {
    token,
    client,
    causes,
    prove,
    send,
    plain: (token) => api.send('/', { token }),
    sendAny: (headers) => api.send('/', { headers }),
    close: () => api.close(),
  };
}

const publicOrigin = 'https://api.example.com';

describe('A replay store', () => {
  let issuer;
  before(async () => {
    issuer = await startIssuer();
  });
  after(() => issuer.close());

  it('is asked once for each proof, with its key and its dates', async () => {
    const asked = [];
    const api = await protect(issuer, { publicOrigin, replayStore: { claim: (...claim) => asked.push(claim) === 1 } });
    const proof = await api.prove();
    assert.equal((await api.send(proof)).status, 200);
    const { status, json } = await api.send(proof);
    assert.deepEqual([status, json.name, json.reason], [400, 'InvalidProofError', 'proof_replayed']);
    const [[key, expiresAt, createdAt], [again]] = asked;
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(again, key);
    assert.equal(expiresAt - createdAt, 300_000);
    assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
    await api.close();
  });

  it('is not asked about what is refused anyway, nor about bearer tokens', async () => {
    let asked = 0;
    const api = await protect(issuer, { publicOrigin, replayStore: { claim: async () => (asked += 1) > 0 } });
    assert.equal((await api.plain(await issuer.token())).status, 200);
    assert.equal((await api.plain(api.token)).json.reason, 'proof_required');
    const elsewhere = await proofOf(api.client, { url: 'https://other.example/', token: api.token });
    assert.equal((await api.send(elsewhere)).json.reason, 'proof_url_mismatch');
    assert.equal(asked, 0);
    await api.close();
  });

  it('that is down, slow or unclear lets nobody in', async () => {
    const trouble = new Error('connection lost');
    for (const [claim, cause] of [
      [
        () => {
          throw trouble;
        },
        trouble,
      ],
      [() => Promise.reject(trouble), trouble],
      [() => new Promise(() => {}), /replayStore: no answer in 100 ms/],
      [() => new Promise((_, reject) => setTimeout(() => reject(trouble), 200)), /no answer in 100 ms/],
      [() => 'OK', /must answer true or false/],
      [() => 1, /must answer true or false/],
      [() => undefined, /must answer true or false/],
    ]) {
      const api = await protect(issuer, { publicOrigin, replayStore: { claim }, timeoutDuration: 100 });
      const { status, json, headers } = await api.send();
      assert.deepEqual([status, json.name, json.reason], [503, 'UnavailableError', 'replay_store_unavailable']);
      assert.equal(headers['retry-after'], '1');
      if (cause instanceof RegExp) assert.match(api.causes[0].message, cause);
      else assert.equal(api.causes[0], cause);
      await api.close();
    }
  });

  it('in Redis lets two machines accept a proof once between them', async (t) => {
    const server = await startRedis();
    if (server === undefined) {
      t.diagnostic('there is no redis-server on the PATH: nothing was tested with it');
      return;
    }
    const machines = [];
    t.after(async () => {
      for (const api of machines) await api.close();
      server.disconnect();
      await server.end();
    });
    const redis = await server.client();
    for (const client of [redis, await server.client()])
      machines.push(await protect(issuer, { publicOrigin, replayStore: redisStore(client) }));
    const [one, two] = machines;
    const headers = [
      ['Authorization', `DPoP ${one.token}`],
      ['DPoP', await one.prove()],
    ];
    const answers = await Promise.all(Array.from({ length: 64 }, (_, at) => machines[at % 2].sendAny(headers)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const { status, json } of answers.filter(({ status }) => status !== 200))
      assert.deepEqual([status, json.reason], [400, 'proof_replayed']);
    const [key] = await redis.keys('dpop:*');
    const left = await redis.pttl(key);
    assert.ok(left > 5 * MINUTE && left <= 6 * MINUTE, `${left}`);

    await server.end();
    const down = await two.send();
    assert.deepEqual([down.status, down.json.reason], [503, 'replay_store_unavailable']);
    assert.equal((await two.plain(await issuer.token())).status, 200, 'bearer tokens need no store');
  });
});

describe('Revocation', () => {
  let issuer;
  before(async () => {
    issuer = await startIssuer();
  });
  after(() => issuer.close());

  const inAnHour = () => new Date(Date.now() + 3_600_000);

  it('refuses a token from the cache too, and lets it in again when it is lifted', async () => {
    const list = new RevocationList();
    const api = await protect(issuer, { revocation: list });
    const claims = { jti: 't1', sid: 's1', sub: 'bob', client_id: 'c1' };
    const token = await issuer.token({ claims });
    const other = await issuer.token({ claims: { jti: 't2', sid: 's2', sub: 'eve', client_id: 'c2' } });
    for (const what of [{ jti: 't1' }, { sid: 's1' }, { sub: 'bob' }, { clientId: 'c1' }]) {
      const revocation = { issuer: issuer.issuer, ...what };
      assert.equal((await api.plain(token)).status, 200);
      list.revoke(revocation, inAnHour());
      const { status, json } = await api.plain(token);
      assert.deepEqual(
        [status, json.name, json.reason],
        [401, 'InvalidTokenError', 'token_revoked'],
        JSON.stringify(what),
      );
      assert.equal((await api.plain(other)).status, 200);
      list.lift(revocation);
    }
    assert.equal(list.size, 0);
    list.revoke({ issuer: 'https://other.example', sub: 'bob' }, inAnHour());
    assert.equal((await api.plain(token)).status, 200, "a subject is one issuer's");
    await api.close();
  });

  it('ends, and spares tokens that were issued later', async () => {
    const list = new RevocationList();
    const api = await protect(issuer, { revocation: list });
    const token = await issuer.token({ claims: { sub: 'bob' } });
    list.revoke({ issuer: issuer.issuer, sub: 'bob', issuedBefore: new Date(Date.now() - 60_000) }, inAnHour());
    assert.equal((await api.plain(token)).status, 200);
    list.revoke(
      { issuer: issuer.issuer, sub: 'bob', issuedBefore: new Date(Date.now() + 60_000) },
      new Date(Date.now() + 120_000),
    );
    assert.equal((await api.plain(token)).json.reason, 'token_revoked');
    await withCalendarMoved(130_000, async () => {
      // The two became one, which holds until the later of both times.
      assert.equal((await api.plain(token)).json.reason, 'token_revoked');
    });
    await withCalendarMoved(3_700_000, async () => {
      const later = await issuer.token({ claims: { sub: 'bob' } });
      assert.equal((await api.plain(later)).status, 200);
    });
    await api.close();
  });

  it('says what it cannot hold', () => {
    const list = new RevocationList({ maxEntries: 1 });
    const issuer = 'https://issuer.example';
    list.revoke({ issuer, jti: 'a' }, inAnHour());
    assert.throws(() => list.revoke({ issuer, jti: 'b' }, inAnHour()), {
      message: 'the revocation list is full of live entries',
    });
    for (const wrong of [
      { issuer },
      { issuer, jti: 'a', sub: 'b' },
      { jti: 'a' },
      { issuer, jti: 7 },
      { issuer, jti: 'a', unknown: 1 },
    ]) {
      assert.throws(() => list.revoke(wrong, inAnHour()), /^Error: revocation: /, JSON.stringify(wrong));
    }
    assert.throws(() => list.revoke({ issuer, jti: 'a' }, new Date(Number.NaN)), { message: 'this is not a date' });
    assert.throws(() => list.revoke({ issuer, jti: 'a', issuedBefore: new Date(Number.NaN) }, inAnHour()), {
      message: 'revocation: issuedBefore must be a date',
    });
    assert.equal(list.size, 1);
    assert.throws(() => auth({ issuerBaseURL: issuer, audience: AUDIENCE, revocation: {} }), {
      message: "'revocation' must be a RevocationList, or have a function 'entries'",
    });
  });

  it('may stand in a store that machines share', async () => {
    const stored = new Map();
    const asked = [];
    const entries = async (keys) => {
      asked.push(keys);
      return keys.filter((key) => stored.has(key)).map((key) => stored.get(key));
    };
    let claims = 0;
    const replayStore = { claim: async () => (claims += 1) > 0 };
    const list = new RevocationList();
    const api = await protect(issuer, { publicOrigin, replayStore, revocation: [list, { entries }] });
    const key = revocationKey({ issuer: issuer.issuer, sid: 's1' });
    assert.match(key, /^sid:[0-9a-f]{64}$/);
    assert.equal((await api.send()).status, 200);
    assert.ok(asked[0].includes(key) && asked[0].length === 4);
    assert.equal(claims, 1);
    stored.set(key, {});
    assert.equal((await api.send()).json.reason, 'token_revoked');
    assert.equal(claims, 1, 'the proof of a request that is refused anyway is not claimed');
    stored.set(key, { issuedBefore: new Date(Date.now() - 60_000) });
    assert.equal((await api.send()).status, 200);
    stored.clear();
    const plain = await issuer.token({ claims: { sub: 'bob' } });
    assert.equal((await api.plain(plain)).status, 200);
    list.revoke({ issuer: issuer.issuer, sub: 'bob' }, inAnHour());
    const before = asked.length;
    assert.equal((await api.plain(plain)).json.reason, 'token_revoked');
    assert.equal(asked.length, before, 'the list of this process is asked first');
    await api.close();
  });

  it('in a store that is down lets nobody in', async () => {
    for (const entries of [
      () => {
        throw new Error('down');
      },
      async () => Promise.reject(new Error('down')),
      () => new Promise(() => {}),
      () => undefined,
      () => ['x', null],
      () => [{ issuedBefore: 'yesterday' }],
    ]) {
      const api = await protect(issuer, { revocation: { entries }, timeoutDuration: 100 });
      const { status, json } = await api.plain(await issuer.token());
      assert.deepEqual([status, json.name, json.reason], [503, 'UnavailableError', 'revocation_store_unavailable']);
      assert.ok(api.causes[0] instanceof Error);
      await api.close();
    }
  });
});
