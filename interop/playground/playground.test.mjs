// The page of the demo, used as a person uses it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { accessibility, LOOKS, open, overflows, picture, startBrowser } from './browser.mjs';
import { startDemo } from './program.mjs';

let browser;
let demo;
before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** A page of the demo, closed at the end of the test, on which nothing went wrong. */
async function onPage(t, look, base = demo.base) {
  const { page, troubles } = await open(browser, `${base}/`, look);
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(troubles, []);
  });
  await page.waitForSelector('#route option', { state: 'attached' });
  return page;
}

const settled = (page) => page.waitForFunction(() => !document.querySelector('#request button').disabled);

async function example(page, name) {
  await page.getByRole('button', { name, exact: true }).click();
  await settled(page);
  return outcome(page);
}

async function send(page) {
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await settled(page);
  return outcome(page);
}

/** What the page shows of the last request. */
async function outcome(page) {
  assert.equal(await page.locator('#trouble').textContent(), '');
  const [status] = (await page.locator('#verdict .head').innerText()).split(' ');
  const code = page.locator('#verdict .head code');
  const failed = page.locator('.path .failed .name');
  return {
    status: Number(status),
    code: (await code.count()) ? await code.innerText() : 'accepted',
    failed: (await failed.count()) ? await failed.first().innerText() : undefined,
  };
}

const EXAMPLES = [
  ['A good token', 200, 'accepted'],
  ['Expired', 401, 'token_expired', 'expiry'],
  ['Wrong audience', 401, 'audience_mismatch', 'audience'],
  ['Forged signature', 401, 'signature_invalid', 'signature'],
  ['alg none', 401, 'algorithm_unsupported', 'algorithm'],
  ['Changed claims', 401, 'signature_invalid', 'signature'],
  ['Scope missing', 403, 'insufficient_scope', 'requirement'],
  ['Another organization', 403, 'organization_mismatch', 'requirement'],
  ['DPoP', 200, 'accepted'],
  ['Stolen DPoP token', 401, 'proof_key_mismatch', 'confirmation'],
  ['Certificate', 200, 'accepted'],
  ['Step-up', 401, 'authentication_too_weak', 'requirement'],
  ['Opaque', 200, 'accepted'],
  ['Revoked', 401, 'token_inactive', 'introspection'],
  ['No token', 401, 'credential_missing', 'credential'],
];

describe('each example', () => {
  it('shows the decision, and the check that decided', async (t) => {
    const page = await onPage(t);
    const names = await page.locator('#presets button').allInnerTexts();
    assert.deepEqual(names, EXAMPLES.map(([name]) => name));
    for (const [name, status, code, failed] of EXAMPLES) {
      assert.deepEqual([name, await example(page, name)], [name, { status, code, failed }]);
    }
  });
});

describe('each flaw', () => {
  it('is refused, and the check that found it is shown with the remedy', async (t) => {
    const page = await onPage(t);
    await example(page, 'A good token');
    const flaws = await page.locator('#flaw option').evaluateAll((options) => options.map(({ value }) => value));
    for (const flaw of flaws.filter(Boolean)) {
      await page.selectOption('#client', flaw === 'revoked' ? 'opaque' : 'demo');
      await page.selectOption('#flaw', { value: flaw });
      await page.getByRole('button', { name: 'Get token' }).click();
      await settled(page);
      const { status, failed } = await send(page);
      assert.deepEqual([flaw, status, failed !== undefined], [flaw, 401, true]);
      assert.match(await page.locator('.path .failed .remedy').first().innerText(), /^Remedy: ./);
    }
  });
});

describe('each way to send', () => {
  for (const binding of ['bearer', 'dpop', 'certificate']) {
    it(`a ${binding} token wrongly is refused`, async (t) => {
      const page = await onPage(t);
      await page.check(`input[value="${binding}"]`);
      await page.getByRole('button', { name: 'Get token' }).click();
      await settled(page);
      const manners = await page.locator('#manner option').evaluateAll((options) => options.map(({ value }) => value));
      assert.ok(manners.length >= 3, manners.join());
      for (const manner of manners) {
        await page.selectOption('#manner', manner);
        const { status } = await send(page);
        if (manner === 'right') assert.equal(status, 200);
        else assert.ok(status === 401 || status === 400, `${manner}: ${status}`);
      }
    });
  }
});

describe('what the page shows', () => {
  it('is what the API itself answers, as the line to copy shows', async (t) => {
    const page = await onPage(t);
    for (const name of ['A good token', 'Scope missing', 'DPoP', 'Certificate', 'No token', 'Revoked']) {
      await example(page, name);
      const line = await page.locator('pre[aria-label="curl line"]').innerText();
      const answer = execFileSync('bash', ['-c', `${line} -s`], { encoding: 'utf8' }).replaceAll('\r', '');
      const shown = await page.locator('pre[aria-label="Answer"]').innerText();
      const part = (text) => {
        const [head, body] = text.split('\n\n');
        const fields = head.split('\n').slice(1).filter((field) => !/^(content-length|date):/.test(field));
        return { status: head.split(' ')[1], fields: fields.sort(), body: JSON.parse(body.replaceAll('\n', '')) };
      };
      assert.deepEqual(part(shown), part(answer), name);
    }
  });

  it('takes the challenge apart', async (t) => {
    const page = await onPage(t);
    await example(page, 'Step-up');
    const row = page.locator('.challenge tr', { hasText: 'acr_values' });
    assert.match(await row.innerText(), /mfa/);
    await page.check('#mfa');
    await page.getByRole('button', { name: 'Get token' }).click();
    await settled(page);
    assert.equal((await send(page)).status, 200);
  });

  it('tells what the token endpoint refuses', async (t) => {
    const page = await onPage(t);
    await page.selectOption('#client', 'reader');
    await page.check('input[value="api:write"]');
    await page.getByRole('button', { name: 'Get token' }).click();
    await settled(page);
    assert.match(await page.locator('#trouble').innerText(), /refuses to issue this token: invalid_scope/);
  });

  it('says that a known token is not verified anew', async (t) => {
    const page = await onPage(t);
    await example(page, 'A good token');
    await send(page);
    assert.match(await page.locator('#path .source').innerText(), /knew this token/);
  });

  it('copies the line', async (t) => {
    const page = await onPage(t);
    await example(page, 'A good token');
    await page.getByRole('button', { name: 'Copy curl line' }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -i -H 'authorization: Bearer ey/);
  });

  it('works by keyboard alone, and tells a screen reader of the result', async (t) => {
    const page = await onPage(t);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the result');
    await page.getByRole('button', { name: 'Expired', exact: true }).focus();
    await page.keyboard.press('Enter');
    await settled(page);
    assert.equal((await outcome(page)).status, 401);
    assert.match(await page.getByRole('status').innerText(), /^401 Refused/);
  });
});

describe('the authorization server', () => {
  it('rotates its key, and the API finds the new one with the first token of it', async (t) => {
    const page = await onPage(t);
    await example(page, 'A good token');
    const kid = () => page.locator('#server-view li', { hasText: 'signs' }).locator('code').innerText();
    const old = await kid();
    await page.getByRole('button', { name: 'Rotate, withdraw old' }).click();
    await page.waitForFunction((before) => !document.querySelector('#server-view li code').textContent.includes(before), old);
    await page.getByRole('button', { name: 'Get token' }).click();
    await settled(page);
    assert.equal((await send(page)).status, 200);
    assert.match(await page.locator('#path').innerText(), /a key set of 1/);
    const held = page.locator('#server-view div', { has: page.getByText('Keys that the API holds') }).last();
    assert.ok((await held.innerText()).includes(await kid()));
  });

  it('stops: known keys go on serving, and the page says why there is no new token', async (t) => {
    const page = await onPage(t);
    await example(page, 'A good token');
    // The next test finds the server running, even if this one fails.
    t.after(() => fetch(`${demo.base}/playground/issuer`, {
      method: 'POST',
      headers: { origin: demo.base, 'content-type': 'application/json' },
      body: '{"action":"start"}',
    }));
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.waitForSelector('#server-state.bad');
    assert.equal((await send(page)).status, 200);
    await page.getByRole('button', { name: 'Get token' }).click();
    await settled(page);
    assert.match(await page.locator('#trouble').innerText(), /does not answer. Start it/);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForSelector('#server-state.good');
    assert.equal((await example(page, 'A good token')).status, 200);
  });
});

describe('with another authorization server', () => {
  it('a token is pasted, and its path shown', async (t) => {
    const other = await startDemo('--issuer', demo.issuer, '--audience', 'https://api.example.com');
    t.after(() => other.stop());
    const own = await onPage(t);
    await example(own, 'A good token');
    const token = await own.locator('#token .raw').innerText();
    const page = await onPage(t, {}, other.base);
    assert.equal(await page.locator('#mint').isVisible(), false);
    await page.fill('#pasted', token);
    assert.deepEqual(await send(page), { status: 200, code: 'accepted', failed: undefined });
    await page.fill('#pasted', `${token.slice(0, -4)}AAAA`);
    assert.equal((await send(page)).code, 'signature_invalid');
    await page.fill('#pasted', '');
    assert.equal((await send(page)).code, 'credential_missing');
  });
});

describe('how the page looks', () => {
  for (const look of LOOKS) {
    it(`fits ${look.width} pixels, ${look.scheme}, and is accessible`, async (t) => {
      const page = await onPage(t, look);
      await picture(page, `start-${look.width}-${look.scheme}`);
      for (const name of ['Scope missing', 'DPoP']) {
        await example(page, name);
        assert.equal(await overflows(page), false, name);
        await picture(page, `${name.toLowerCase().replaceAll(' ', '-')}-${look.width}-${look.scheme}`);
      }
      assert.deepEqual(await accessibility(page), []);
      await page.goto(`${demo.base}/terminal`);
      assert.equal(await overflows(page), false);
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `terminal-${look.width}-${look.scheme}`);
    });
  }
});
