// The code of `docs/providers`, as a reader would paste it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { send } from './app.mjs';

const DIRECTORY = new URL('../../../docs/providers/', import.meta.url);
const require = createRequire(import.meta.url);
const express = require('express');

const blocks = (page, language) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, code]) => code);

/** Runs a program that serves with Express, and gives the server it has started. */
async function run(program) {
  let server;
  const onFreePort = () => {
    const app = express();
    const listen = app.listen.bind(app);
    app.listen = () => {
      server = listen(0, '127.0.0.1');
      return server;
    };
    return app;
  };
  new Function('require', program)((name) => (name === 'express' ? onFreePort : require(name)));
  await once(server, 'listening');
  return server;
}

/** `NAME=value` and `NAME='value'`, over several lines. */
const variables = (script) =>
  Object.fromEntries(
    [...script.matchAll(/^\s*(\w+)=(?:'([^']*)'|(\S+))/gm)].map(([, name, quoted, plain]) => [name, quoted ?? plain]),
  );

for (const name of readdirSync(DIRECTORY)) {
  const page = readFileSync(new URL(name, DIRECTORY), 'utf8');
  describe(`docs/providers/${name}`, () => {
    it('has programs that protect an API', async () => {
      const code = blocks(page, 'js');
      assert.notEqual(code.length, 0);
      for (const block of code) {
        if (!block.includes('listen')) {
          assert.equal(typeof new Function('auth', `return ${block}`)(auth), 'function', block);
          continue;
        }
        const server = await run(block);
        const { status, headers } = await send(server.address().port, '/api/private');
        server.close();
        assert.equal(status, 401, block);
        assert.match(headers['www-authenticate'], /^Bearer realm="api"/, block);
      }
    });

    it('has variables that configure an API', () => {
      const scripts = blocks(page, 'sh').filter((script) => script.startsWith('PROVIDER='));
      assert.notEqual(scripts.length, 0);
      for (const script of scripts) {
        const set = variables(script);
        Object.assign(process.env, set);
        try {
          assert.equal(typeof auth(), 'function', script);
        } finally {
          for (const variable of Object.keys(set)) delete process.env[variable];
        }
      }
    });

    it('has requirements that can be required', () => {
      const requirements = blocks(page, 'json').filter((block) => block.startsWith('{"'));
      for (const requirement of requirements) {
        const options = { issuer: 'https://issuer.example', audience: 'api', requirement: JSON.parse(requirement) };
        assert.equal(typeof auth(options), 'function', requirement);
      }
    });
  });
}
