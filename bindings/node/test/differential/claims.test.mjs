// The same claims to the checks of both.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import * as bearward from 'bearward/express';
import { Accepted } from './accepted.mjs';

const original = createRequire(import.meta.url)('express-oauth2-jwt-bearer');

const PAYLOADS = {
  'no token': undefined,
  empty: {},
  'scope a b': { scope: 'a b' },
  'scope b': { scope: 'b' },
  'scope ab': { scope: 'ab' },
  'scope A': { scope: 'A' },
  'scope empty': { scope: '' },
  'scope list': { scope: ['a', 'b'] },
  'scope null': { scope: null },
  'scope number': { scope: 7 },
  'scp list': { scp: ['a', 'b'] },
  'role admin': { role: 'admin' },
  'role 1': { role: 1 },
  'role true': { role: true },
  'role null': { role: null },
  'role list': { role: ['admin', 'user', 1, null] },
  'role words': { role: 'admin user' },
  'role object': { role: { admin: true } },
};

const CHECKS = {
  'scopes text': ['requiredScopes', 'a b'],
  'scopes one': ['requiredScopes', 'a'],
  'scopes list': ['requiredScopes', ['a', 'b']],
  'scopes two arguments': ['requiredScopes', 'b', 'c'],
  'scopes empty list': ['requiredScopes', []],
  'scopes empty text': ['requiredScopes', ''],
  'scopes absent': ['requiredScopes'],
  'scopes a number': ['requiredScopes', 7],
  'any text': ['scopeIncludesAny', 'a c'],
  'any list': ['scopeIncludesAny', ['c', 'b']],
  'any empty list': ['scopeIncludesAny', []],
  'any an object': ['scopeIncludesAny', {}],
  'equals admin': ['claimEquals', 'role', 'admin'],
  'equals 1': ['claimEquals', 'role', 1],
  'equals true': ['claimEquals', 'role', true],
  'equals null': ['claimEquals', 'role', null],
  'equals inherited': ['claimEquals', 'toString', 'x'],
  'equals a list': ['claimEquals', 'role', ['admin']],
  'equals no claim': ['claimEquals', 7, 'x'],
  'includes one': ['claimIncludes', 'role', 'admin'],
  'includes two': ['claimIncludes', 'role', 'admin', 'user'],
  'includes mixed': ['claimIncludes', 'role', 1, null],
  'includes nothing': ['claimIncludes', 'role'],
  'includes a list': ['claimIncludes', 'role', ['admin']],
  'includes no claim': ['claimIncludes', {}, 'x'],
  'check true': ['claimCheck', () => true],
  'check false': ['claimCheck', () => false],
  'check with words': ['claimCheck', () => false, 'not you'],
  'check of a claim': ['claimCheck', ({ role }) => role === 'admin', 'no admin'],
  'check that throws': [
    'claimCheck',
    () => {
      throw new TypeError('broken');
    },
  ],
  'check asynchronous': ['claimCheck', async () => false],
  'check no function': ['claimCheck', 'x'],
};

async function attempt(library, [name, ...args], payload) {
  let handler;
  try {
    handler = library[name](...args);
  } catch (error) {
    return `at start: ${error.name}: ${error.message}`;
  }
  const req = payload === undefined ? {} : { auth: { payload: structuredClone(payload) } };
  const error = await new Promise((resolve) => handler(req, {}, resolve));
  if (error === undefined) return 'passes';
  return `${error.status ?? '-'} ${error.name}: ${error.message} ${error.headers?.['WWW-Authenticate'] ?? ''}`.trim();
}

describe('checks of claims beside express-oauth2-jwt-bearer', () => {
  it('say the same, or what is listed', async () => {
    const accepted = new Accepted('./accepted-differences.json', 'claims');
    const unlisted = [];
    for (const [check, args] of Object.entries(CHECKS)) {
      for (const [payload, claims] of Object.entries(PAYLOADS)) {
        const [theirs, ours] = [await attempt(original, args, claims), await attempt(bearward, args, claims)];
        if (theirs !== ours && !accepted.covers(payload, check, theirs, ours)) {
          unlisted.push({ check, payload, original: theirs, bearward: ours });
        }
      }
    }
    assert.ok(
      Accepted.none(unlisted),
      `not in accepted-differences.json: ${JSON.stringify(unlisted.slice(0, 5), null, 1)}`,
    );
    assert.deepEqual(accepted.unseen, []);
  });
});
