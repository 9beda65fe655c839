// The claims of a token are parsed once, and each request has its own copy.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';

const require = createRequire(import.meta.url);
const { copyClaims, copyPart, readClaims, readPart } = require('../dist/token/parsed.js');

const encoded = (json) => Buffer.from(json).toString('base64url');
/** As signatures do, those of two tokens end differently. */
const signature = (claims) => createHash('sha256').update(claims).digest('base64url');
const token = (claims, header = '{"alg":"ES256"}', signed = signature(claims)) =>
  `${encoded(header)}.${encoded(claims)}.${signed}`;

/** Every kind of value that JSON has, and names that JavaScript treats in a way of its own. */
const CLAIMS = [
  '{}',
  '{"sub":"alice","exp":1.5e9,"big":12345678901234567890,"admin":true,"none":null,"":""}',
  '{"aud":["a","b"],"empty":[],"realm_access":{"roles":["admin"],"none":{}}}',
  '{"b":1,"a":2,"10":3,"2":4}',
  '{"deep":[[{"a":[{"b":{"c":[null,false,0]}}]}]]}',
  '{"text":"a\\u0000\\ud83d\\ude00\\ud83d\\"\\\\ ü"}',
  '{"__proto__":{"admin":true},"constructor":{"prototype":{"a":1}},"toString":["x"]}',
  '{"list":[{"__proto__":{"a":[1]}}],"inner":{"__proto__":[2]}}',
];

/** All objects and lists in a value, itself among them. */
function* objectsIn(value) {
  if (typeof value !== 'object' || value === null) return;
  yield value;
  for (const name of Reflect.ownKeys(value)) yield* objectsIn(Object.getOwnPropertyDescriptor(value, name).value);
}

describe('a part of a token', () => {
  for (const claims of CLAIMS) {
    it(`is what JSON.parse makes of ${claims}, the first time and later`, () => {
      const expected = JSON.parse(claims);
      for (let time = 0; time < 3; time += 1) {
        for (const copy of [copyPart(token(claims), 1), copyClaims(claims)]) {
          assert.deepStrictEqual(copy, expected);
          assert.equal(JSON.stringify(copy), JSON.stringify(expected));
          assert.equal(Object.getPrototypeOf(copy), Object.prototype);
        }
        assert.deepStrictEqual(readPart(token(claims), 1), expected);
        assert.deepStrictEqual(readClaims(claims), expected);
      }
    });

    it(`shares no object with another copy of ${claims}`, () => {
      const [one, other] = [copyPart(token(claims), 1), copyPart(token(claims), 1)];
      const kept = new Set(objectsIn(readPart(token(claims), 1)));
      const others = new Set(objectsIn(other));
      for (const object of objectsIn(one)) assert.ok(!kept.has(object) && !others.has(object));
    });
  }

  it('is not changed by what is done to a copy', () => {
    const claims = '{"sub":"alice","realm_access":{"roles":["user"]},"aud":["a"]}';
    for (const copy of [copyPart(token(claims), 1), copyClaims(claims)]) {
      copy.sub = 'mallory';
      copy.realm_access.roles.push('admin');
      copy.realm_access.admin = true;
      copy.aud.length = 0;
      delete copy.sub;
    }
    assert.equal(JSON.stringify(copyPart(token(claims), 1)), claims);
    assert.equal(JSON.stringify(copyClaims(claims)), claims);
  });

  it('is the header or the claims of this very token', () => {
    const one = token('{"sub":"alice"}', '{"alg":"ES256","kid":"one"}');
    const other = token('{"sub":"bob"}', '{"alg":"ES256","kid":"other"}');
    for (let time = 0; time < 2; time += 1) {
      assert.deepEqual([copyPart(one, 0).kid, copyPart(one, 1).sub], ['one', 'alice']);
      assert.deepEqual([copyPart(other, 0).kid, copyPart(other, 1).sub], ['other', 'bob']);
    }
  });

  it('is that of this very token where two have one signature, or one end of it', () => {
    for (const signed of ['c2ln', '', 'a'.repeat(86)]) {
      const named = (sub) => token(`{"sub":"${sub}","roles":["${sub}"]}`, undefined, signed);
      for (let time = 0; time < 3; time += 1) {
        for (const sub of ['alice', 'bob', 'alicf']) {
          assert.deepEqual(copyPart(named(sub), 1), { sub, roles: [sub] });
          assert.deepEqual(readPart(named(sub), 1), { sub, roles: [sub] });
        }
      }
    }
  });

  it('is right beyond what is kept, and when it comes back', () => {
    const claims = (number) => `{"number":${number},"list":[${number}]}`;
    for (let number = 0; number < 25_000; number += 1) {
      assert.equal(copyPart(token(claims(number)), 1).list[0], number);
      assert.equal(copyPart(token(claims(number % 7)), 1).number, number % 7);
    }
  });

  it('is parsed once while it is used', () => {
    const claims = '{"sub":"often"}';
    const kept = readPart(token(claims), 1);
    for (let number = 0; number < 12_000; number += 1) {
      copyPart(token(`{"number":"${number}"}`), 1);
      assert.equal(readPart(token(claims), 1), kept);
    }
  });

  it('keeps none of those that are not used any more', () => {
    const claims = '{"sub":"once"}';
    const kept = readPart(token(claims), 1);
    for (let number = 0; number < 12_000; number += 1) copyPart(token(`{"other":${number}}`), 1);
    assert.notEqual(readPart(token(claims), 1), kept);
  });
});
