// The code of the guide for those who come from another package, as they would paste it.

import 'reflect-metadata';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Type } from '@nestjs/common';
import { transformSync } from '@swc/core';
import { AUDIENCE, bearer, type Issuer, load, PLATFORMS, start } from './issuer';

const root = path.join(__dirname, '..');
const page = readFileSync(path.join(root, '../../../../docs/nest.md'), 'utf8');

/** The module that the code below a heading exports. */
function moduleBelow(heading: string, replaced: Record<string, string>): Type {
  let code = page.split(`\n## ${heading}\n`)[1]?.match(/```ts\n([\s\S]*?)```/)?.[1] ?? '';
  for (const [text, other] of Object.entries(replaced)) {
    assert.ok(code.includes(text), `${heading}: ${text}`);
    code = code.replaceAll(text, other);
  }
  const options = { parser: { syntax: 'typescript', decorators: true } as const };
  const transform = { legacyDecorator: true, decoratorMetadata: true };
  const made = transformSync(code, { module: { type: 'commonjs' }, jsc: { ...options, transform, target: 'es2022' } });
  const folder = mkdtempSync(path.join(root, 'target', 'migration-'));
  try {
    writeFileSync(path.join(folder, 'app.js'), made.code);
    return require(path.join(folder, 'app.js')).AppModule;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const platform of PLATFORMS) {
  describe(`the guide, on ${platform}`, () => {
    const serve = async (issuer: Issuer, module: Type, expected: Array<[string, number, object | undefined]>) => {
      const app = await start(platform, { imports: [module] });
      try {
        for (const [line, status, claims] of expected) {
          const [method = '', url] = line.split(' ');
          const headers =
            claims === undefined ? {} : Object.fromEntries([bearer(await issuer.token({ claims: { ...claims } }))]);
          const answer = await fetch(`http://127.0.0.1:${app.port}${url}`, { method, headers });
          assert.equal(answer.status, status, `${line} ${JSON.stringify(claims)}`);
        }
      } finally {
        await app.close();
        await issuer.close();
      }
    };

    it('has code for those who come from passport-jwt', async () => {
      const issuer: Issuer = await (await load('issuer.mjs')).startIssuer();
      const replaced = { 'https://YOUR_ISSUER': issuer.issuer, 'https://my-api.example.com': AUDIENCE };
      await serve(issuer, moduleBelow('Coming from passport-jwt', replaced), [
        ['GET /health', 200, undefined],
        ['GET /me', 401, undefined],
        ['GET /me', 200, {}],
        ['GET /notes', 403, { scope: 'notes' }],
        ['GET /notes', 200, { scope: 'notes:read' }],
      ]);
    });

    it('has code for those who come from nest-keycloak-connect', async () => {
      const issuer: Issuer = await (await load('issuer.mjs')).startIssuer({ path: '/realms/acme' });
      const replaced = { 'https://id.example.com': issuer.origin };
      const roles = (client: string[], realm: string[] = []) => ({
        aud: 'my-nestjs-app',
        resource_access: { 'my-nestjs-app': { roles: client } },
        realm_access: { roles: realm },
      });
      await serve(issuer, moduleBelow('Coming from nest-keycloak-connect', replaced), [
        ['GET /products', 200, undefined],
        ['GET /products/mine', 401, undefined],
        ['GET /products/mine', 200, roles([])],
        ['GET /products/mine', 401, { ...roles([]), aud: 'another-client' }],
        ['GET /products/barcodes', 403, roles([], ['admin'])],
        ['GET /products/barcodes', 200, roles(['other'])],
        ['DELETE /products', 403, roles(['admin'])],
        ['DELETE /products', 200, roles(['admin'], ['sysadmin'])],
      ]);
    });
  });
}
