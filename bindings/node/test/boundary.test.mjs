// What surrounds a decision: panics, processes, threads, modules.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import * as modules from 'bearward/express';
import { keyPair } from './issuer.mjs';

const require = createRequire(import.meta.url);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

function run(script, env = {}) {
  const child = spawn(process.execPath, ['--unhandled-rejections=strict', here(script)], {
    env: { ...process.env, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  // Long before a fetch that hangs is given up, and long after a slow machine has done the work.
  const killer = setTimeout(() => child.kill(), 2 * 60_000);
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(killer);
      resolve({ code, signal, out, err });
    }),
  );
}

describe('a panic', () => {
  it('becomes a 500, and the process lives', async () => {
    const { code, out, err } = await run('children/panic.mjs', {
      NAPI_RS_NATIVE_LIBRARY_PATH: here('panic/addon.node'),
    });
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out), [
      {
        name: 'InternalError',
        status: 500,
        code: 'server_error',
        message: 'Internal Server Error',
        cause: true,
        stack: true,
      },
      200,
    ]);
    assert.match(err, /injected/, 'the operator learns where');
  });
});

describe('the function that every request calls', () => {
  it('outlives the engine it came from, and takes its own with it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const { createEngine } = require('../dist/native/addon.js');
    const { jwk } = await keyPair();
    const keys = { static_keys: JSON.stringify({ keys: [jwk] }) };
    const settings = { issuers: [{ issuer: 'https://issuer.example', ...keys }], audiences: ['api'] };
    for (let round = 0; round < 3; round += 1) {
      const checks = Array.from({ length: 50 }, () => createEngine(settings).checker());
      collect();
      // Finalizers run in a turn of their own.
      await new Promise((resolve) => setImmediate(resolve));
      for (const check of checks) {
        assert.equal(check('Bearer a.b.c', Date.now()).failure.code, 'token_malformed');
        assert.throws(() => check(7, Date.now()), /not a string/);
        assert.throws(() => check('Bearer a.b.c'), /f64/);
        assert.throws(() => check('Bearer a.b.c', Date.now(), 9), /no such requirement/);
      }
    }
  });
});

describe('a process', () => {
  it('ends when its server does, whatever was fetched, and whatever still is', async () => {
    const { code, signal, out, err } = await run('children/exit.mjs');
    assert.deepEqual([code, signal, out], [0, null, '200 200 closed\n'], err);
  });

  it('may have worker threads, each with its own engines', async () => {
    const { pem, privateKey } = await keyPair();
    const { exportPKCS8 } = await import('jose');
    const workerData = { pem, pkcs8: await exportPKCS8(privateKey) };
    const workers = Array.from({ length: 3 }, () => new Worker(here('children/worker.mjs'), { workerData }));
    const answers = await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      ),
    );
    assert.deepEqual(answers, [
      [0, 'audience_mismatch'],
      [0, 'audience_mismatch'],
      [0, 'audience_mismatch'],
    ]);
  });
});

describe('modules', () => {
  it('are the same from CommonJS and as ES modules', () => {
    for (const entry of ['bearward', 'bearward/express', 'bearward/express-oauth-jwt']) {
      assert.ok(Object.keys(require(entry)).length > 2, entry);
    }
    const commonjs = require('bearward/express');
    assert.deepEqual(Object.keys(modules).sort(), Object.keys(commonjs).sort());
    assert.equal(modules.UnauthorizedError, commonjs.UnauthorizedError);
    assert.ok(new modules.InvalidTokenError() instanceof commonjs.UnauthorizedError);
  });

  it('have every export of the original', () => {
    for (const [name, value] of Object.entries(require('express-oauth2-jwt-bearer'))) {
      assert.equal(typeof modules[name], typeof value, name);
    }
    for (const original of ['express-oauth-jwt', 'express-oauth-jwt-1']) {
      for (const name of Object.keys(require(original))) assert.ok(require('bearward/express-oauth-jwt')[name], name);
    }
  });
});

describe('errors', () => {
  it("have the shape of the original's", () => {
    const original = require('express-oauth2-jwt-bearer');
    for (const [name, ...args] of [
      ['UnauthorizedError'],
      ['UnauthorizedError', 'No'],
      ['InvalidRequestError'],
      ['InvalidRequestError', '"quoted"'],
      ['InvalidRequestError', '', false],
      ['InvalidTokenError'],
      ['InvalidTokenError', 'bad "token"'],
      ['InsufficientScopeError'],
      ['InsufficientScopeError', ['a', 'b']],
      ['InsufficientScopeError', ['a'], 'more'],
    ]) {
      const [theirs, ours] = [new original[name](...args), new modules[name](...args)];
      for (const member of ['name', 'message', 'status', 'statusCode', 'code', 'headers']) {
        assert.deepEqual(ours[member], theirs[member], `${name} ${member}`);
      }
      assert.ok(ours instanceof Error && ours instanceof modules.UnauthorizedError);
      assert.match(ours.stack, new RegExp(`${name}|Error`));
    }
  });

  it('never break out of a header', () => {
    const description = 'a"b\\c\r\nSet-Cookie: x=1\0é';
    for (const error of [
      new modules.InvalidTokenError(description),
      new modules.InvalidRequestError(description),
      new modules.InsufficientScopeError(['x"\r\ny'], description),
    ]) {
      assert.match(error.headers['WWW-Authenticate'], /^Bearer realm="api"(, [a-z_]+="[ !#-[\]-~]*")+$/);
    }
  });
});
