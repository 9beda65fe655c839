// The code of the README for Prometheus, as a newcomer would paste it into a file and start it. Its page is parsed by the rules
// of the text format.

import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bearing, started } from '../readme.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));

/** `{ types, samples }`: the type of each metric, and the value of each sample by its name and sorted labels. Throws at a line
 * that the format does not have. */
function parsed(page) {
  const [types, samples] = [new Map(), new Map()];
  for (const line of page.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      types.set(type[1], type[2]);
      continue;
    }
    const sample = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)$/.exec(line);
    assert.ok(sample, line);
    const [, name, labels = '', value] = sample;
    const pairs = [...labels.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => `${label}=${text}`);
    assert.ok(Number.isFinite(Number(value)), line);
    samples.set(`${name}{${pairs.sort().join(',')}}`, Number(value));
  }
  return { types, samples };
}

it('the README about metrics has code that gives them to Prometheus', () =>
  started({ folder, heading: 'Metrics', name: 'app.cjs', attempts: 600 }, async ({ issuer, base }) => {
    const scrape = async () => parsed(await (await fetch(`${base}/metrics`)).text());
    const before = await scrape();
    assert.equal(before.samples.get('bearward_waiting_requests{}'), 0);
    // The port was asked for until it was open, at a path that needs a token.
    const none = '{cached=false,code=credential_missing,issuer=unknown}';
    const unasked = before.samples.get(`bearward_decisions_total${none}`) ?? 0;

    const headers = await bearing(issuer, { sub: 'hush-subject' });
    for (let i = 0; i < 3; i += 1) assert.equal((await fetch(`${base}/me`, { headers })).status, 200);
    const expired = await bearing(issuer, { sub: 'hush-subject', exp: 1 });
    assert.equal((await fetch(`${base}/me`, { headers: expired })).status, 401);
    assert.equal((await fetch(`${base}/me`)).status, 401);

    const page = await (await fetch(`${base}/metrics`)).text();
    assert.ok(!page.includes('hush-subject'));
    const { types, samples } = parsed(page);
    assert.deepEqual(Object.fromEntries(types), {
      bearward_decisions_total: 'counter',
      bearward_decision_seconds: 'histogram',
      bearward_fetches_total: 'counter',
      bearward_introspections_total: 'counter',
      bearward_waiting_requests: 'gauge',
    });
    const own = issuer.issuer;
    assert.equal(samples.get(`bearward_decisions_total{cached=false,code=accepted,issuer=${own}}`), 1);
    assert.equal(samples.get(`bearward_decisions_total{cached=true,code=accepted,issuer=${own}}`), 2);
    assert.equal(samples.get(`bearward_decisions_total{cached=false,code=token_expired,issuer=${own}}`), 1);
    assert.equal(samples.get(`bearward_decisions_total${none}`), unasked + 1);
    assert.equal(samples.get('bearward_decision_seconds_count{cached=true}'), 2);
    assert.equal(samples.get('bearward_decision_seconds_bucket{cached=true,le=+Inf}'), 2);
    assert.equal(samples.get(`bearward_fetches_total{code=loaded,issuer=${own}}`), 1);
    assert.equal(samples.get('bearward_waiting_requests{}'), 0);
  }));
