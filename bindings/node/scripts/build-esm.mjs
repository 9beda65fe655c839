// Writes the ES modules beside the compiled CommonJS: they re-export it, so that both share one copy of every
// class and a process that mixes them still finds `error instanceof UnauthorizedError`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const modules = Object.values(exports).flatMap((entry) => entry.import?.default ?? []);

for (const module of modules) {
  // One with a source of its own is compiled.
  if (existsSync(path.join(root, module.replace(/^.\/dist/, 'lib').replace(/\.mjs$/, '.mts')))) continue;
  const file = path.join(root, module.replace(/\.mjs$/, '.js'));
  const names = Object.keys(require(file)).filter((name) => name !== 'default' && name !== '__esModule');
  const base = `./${path.basename(file)}`;
  const list = names.map((name) => `export const ${name} = commonjs.${name};`).join('\n');
  writeFileSync(file.replace(/\.js$/, '.mjs'), `import commonjs from '${base}';\n\n${list}\n`);
  writeFileSync(file.replace(/\.js$/, '.d.mts'), `export * from '${base}';\n`);
}
