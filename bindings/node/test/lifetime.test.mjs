// How long an open connection lives: by a clock of the test's own.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { RevocationList } from 'bearward';

const require = createRequire(import.meta.url);
const { Lifetime, recheckInterval } = require('../dist/node/lifetime.js');

const NOW = 1_700_000_000;
const DAY = 24 * 60 * 60;

describe('a connection', () => {
  let checks;
  let verdict;
  let waiting;
  let closed;
  beforeEach(() => {
    waiting = undefined;
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW * 1000 });
    checks = 0;
    verdict = undefined;
    closed = [];
  });
  afterEach(() => mock.timers.reset());

  const open = (expiresAt, interval, lists = []) =>
    new Lifetime(
      async () => {
        checks += 1;
        await waiting;
        if (verdict !== undefined) throw verdict;
      },
      expiresAt,
      recheckInterval(interval === undefined ? {} : { recheck: interval }),
      lists,
      (refusal) => closed.push(refusal.status),
      5,
    );

  /** Lets time pass in steps, as it does. */
  async function pass(seconds, step = seconds) {
    for (let passed = 0; passed < seconds; passed += step) {
      mock.timers.tick(step * 1000);
      await turn();
    }
  }

  it('is checked at the interval, and lives as long as the check says', async () => {
    open(NOW + 3600, 60);
    await pass(59);
    assert.equal(checks, 0);
    await pass(1);
    assert.equal(checks, 1);
    await pass(180, 60);
    assert.deepEqual([checks, closed], [4, []]);
  });

  it('is closed once by the first refusal, and not checked any more', async () => {
    open(NOW + 3600, 60);
    verdict = new Error('whatever it is');
    await pass(300, 60);
    assert.deepEqual([checks, closed], [1, [500]]);
  });

  it('is checked when the token expires, and again while clocks may differ', async () => {
    open(NOW + 100, false);
    await pass(99);
    assert.equal(checks, 0);
    await pass(1);
    assert.equal(checks, 1);
    verdict = new Error('expired');
    await pass(1);
    assert.deepEqual([checks, closed], [2, [500]]);
  });

  it('outlives the longest delay of a timer', async () => {
    open(NOW + 60 * DAY, false);
    await pass(1);
    assert.equal(checks, 0, 'a longer delay would fire at once');
    await pass(59 * DAY, DAY);
    assert.deepEqual(closed, []);
    verdict = new Error('expired');
    await pass(2 * DAY, DAY);
    assert.deepEqual(closed, [500]);
  });

  it('is closed when the token has expired, although a check is under way that never ends', async () => {
    open(NOW + 100, 90);
    waiting = new Promise(() => {});
    await pass(90);
    assert.equal(checks, 1);
    await pass(14, 1);
    assert.deepEqual(closed, [], 'clocks may differ by 5 seconds');
    await pass(1);
    assert.deepEqual([checks, closed], [1, [401]]);
  });

  it('is closed when a check does not end, long before the token expires', async () => {
    open(NOW + 3600, 60);
    waiting = new Promise(() => {});
    await pass(119, 1);
    assert.deepEqual([checks, closed], [1, []]);
    await pass(1);
    assert.deepEqual([checks, closed], [1, [500]]);
    await pass(300, 60);
    assert.deepEqual([checks, closed], [1, [500]]);
  });

  it('is closed once, and the end of a check that was late changes nothing', async () => {
    open(NOW + 100, false);
    let answer;
    waiting = new Promise((resolve) => {
      answer = resolve;
    });
    await pass(106, 1);
    assert.deepEqual(closed, [401]);
    answer();
    await pass(300, 60);
    assert.deepEqual([checks, closed], [1, [401]]);
  });

  it('is not checked after its end', async () => {
    const list = new RevocationList();
    open(NOW + 100, 10, [list]).end();
    list.revoke({ issuer: 'https://issuer.example', jti: 'a' }, new Date((NOW + 100) * 1000));
    await pass(200, 10);
    assert.equal(checks, 0);
  });

  it('is checked soon after something was revoked, once for all of a turn', async () => {
    const list = new RevocationList();
    open(NOW + 3600, false, [list]);
    for (const jti of ['a', 'b', 'c']) {
      list.revoke({ issuer: 'https://issuer.example', jti }, new Date((NOW + 100) * 1000));
    }
    assert.equal(checks, 0);
    await turn();
    await turn();
    assert.equal(checks, 1);
  });

  it('is checked once more at its begin where something is revoked, as that may have come during the handshake', async () => {
    const list = new RevocationList();
    open(NOW + 3600, false, [list]);
    await turn();
    assert.equal(checks, 0, 'nothing is revoked');
    list.revoke({ issuer: 'https://issuer.example', jti: 'a' }, new Date((NOW + 100) * 1000));
    await turn();
    await turn();
    assert.equal(checks, 1);
    verdict = new Error('revoked');
    open(NOW + 3600, false, [list]);
    await turn();
    assert.deepEqual([checks, closed], [2, [500]]);
  });

  it('of a gateway of NestJS may be checked for as long as the options let clocks differ', async () => {
    const { BearwardGuard } = require('../dist/nest/guard.js');
    const { Protections } = require('../dist/nest/protections.js');
    for (const [clockTolerance, seconds] of [
      [undefined, 5],
      [2, 2],
      [15, 15],
    ]) {
      const options = { issuer: 'https://issuer.example', audience: 'a', ...(clockTolerance && { clockTolerance }) };
      const protections = new Protections(options);
      const opened = Date.now() / 1000;
      const answers = [{ auth: { expiresAt: opened + 100 } }, new Promise(() => {})];
      protections.ofClass = () => ({ check: async () => answers.shift() });
      const { live } = await new BearwardGuard(protections).checkHandshake(class {}, {});
      const ends = [];
      live(({ status }) => ends.push(status));
      // The check at 60 seconds never ends.
      await pass(60);
      await pass(40 + seconds - 1, 1);
      assert.deepEqual(ends, [], `${clockTolerance}`);
      await pass(1);
      assert.deepEqual(ends, [401], `${clockTolerance}`);
    }
  });

  it('without an expiry and an interval has no timer', async () => {
    open(undefined, false);
    await pass(365 * DAY, DAY);
    assert.equal(checks, 0);
  });
});

describe('recheck', () => {
  it('is a number of seconds, or false', () => {
    assert.equal(recheckInterval({}), 60_000);
    assert.equal(recheckInterval({ recheck: undefined }), 60_000);
    assert.equal(recheckInterval({ recheck: 5 }), 5000);
    for (const recheck of [0, -1, 0.5, Number.NaN, '60', true, null]) {
      assert.throws(() => recheckInterval({ recheck }), /'recheck' must be/);
    }
  });
});
