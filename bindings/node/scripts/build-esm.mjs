// Writes the ES modules beside the compiled CommonJS: they re-export it, so that both share one copy of every
// class and a process that mixes them still finds `error instanceof UnauthorizedError`.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist');
const require = createRequire(import.meta.url);

for (const entry of [
  'index',
  'express/index',
  'express-oauth-jwt/index',
  'fastify/index',
  'hapi/index',
  'koa/index',
  'fetch/index',
  'nest/index',
  'node/index',
  'mcp/index',
]) {
  const file = path.join(dist, `${entry}.js`);
  const names = Object.keys(require(file)).filter((name) => name !== 'default' && name !== '__esModule');
  const base = `./${path.basename(file)}`;
  const list = names.map((name) => `export const ${name} = commonjs.${name};`).join('\n');
  writeFileSync(file.replace(/\.js$/, '.mjs'), `import commonjs from '${base}';\n\n${list}\n`);
  writeFileSync(file.replace(/\.js$/, '.d.mts'), `export * from '${base}';\n`);
}
