// The page of `bearward explain --web`: the reader's token.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessibility, LOOKS, open, overflows, picture, startBrowser } from './browser.mjs';
import { bearward, startDemo } from './program.mjs';

const AUDIENCE = 'https://api.example.com';

let browser;
let demo;
let program;
before(async () => {
  demo = await startDemo();
  const issuer = ['--issuer', demo.issuer, '--audience', AUDIENCE];
  program = await bearward(['explain', '--web', '--no-open', ...issuer], /^explain +(http:\S+)/m);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await program?.stop();
  await demo?.stop();
});

async function token(parameters) {
  const form = { grant_type: 'client_credentials', client_id: 'reader', client_secret: 'reader-secret', ...parameters };
  const answer = await fetch(`${demo.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
  return (await answer.json()).access_token;
}

async function explained(page, text) {
  await page.fill('#pasted', text);
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.waitForFunction(() => !document.querySelector('#ask button').disabled);
  assert.equal(await page.locator('#trouble').innerText(), '');
  return page.locator('#verdict').innerText();
}

describe('bearward explain --web', () => {
  for (const look of LOOKS) {
    it(`explains a token at ${look.width} pixels, ${look.scheme}`, async (t) => {
      const { page, troubles } = await open(browser, program.found, look);
      t.after(() => page.context().close());
      await page.waitForFunction((issuer) => document.getElementById('issuer').value === issuer, demo.issuer);
      const good = await token({ resource: AUDIENCE });
      assert.match(await explained(page, `Authorization: Bearer ${good}`), /^Accepted/);
      await page.fill('#scope', 'api:write');
      assert.match(await explained(page, good), /^403 Refused insufficient_scope|^403 Refused\s+insufficient_scope/);
      assert.match(await page.locator('.path .failed').innerText(), /granted: "read:messages", required: "api:write"/);
      assert.equal(await overflows(page), false);
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `explain-${look.width}-${look.scheme}`);
      assert.deepEqual(troubles, []);
    });
  }

  it('says what is wrong with what was filled in', async (t) => {
    const { page } = await open(browser, program.found);
    t.after(() => page.context().close());
    await page.waitForFunction((issuer) => document.getElementById('issuer').value === issuer, demo.issuer);
    await page.fill('#audience', '');
    await page.fill('#pasted', 'a.b.c');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.waitForFunction(() => document.getElementById('trouble').textContent !== '');
    assert.match(await page.locator('#trouble').innerText(), /audience/);
  });

  it('shows what a token says as text, markup included', async (t) => {
    const { page, troubles } = await open(browser, program.found);
    t.after(() => page.context().close());
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const hostile = `${part({ alg: 'ES256', kid: markup })}.${part({ iss: markup, sub: markup })}.AAAA`;
    assert.match(await explained(page, hostile), /^401 Refused/);
    assert.equal(await page.title(), 'Bearward explain');
    assert.equal(await page.locator('#path img, #token img, #verdict img').count(), 0);
    assert.deepEqual(troubles, []);
  });

  it('asks its issuer for keys, and never tells it the token', async (t) => {
    const { page } = await open(browser, program.found);
    t.after(() => page.context().close());
    await page.waitForFunction((issuer) => document.getElementById('issuer').value === issuer, demo.issuer);
    const opaque = await token({ client_id: 'opaque', client_secret: 'opaque-secret', resource: AUDIENCE });
    assert.match(await explained(page, opaque), /^Undecided/);
    const state = await (await fetch(`${demo.base}/playground/state`)).json();
    assert.equal(state.issuer.requests.introspection, 0);
  });
});
