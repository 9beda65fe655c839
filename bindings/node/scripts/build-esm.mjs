// Writes the ES modules beside the compiled CommonJS: they re-export it, so that both share one copy of every
// class and a process that mixes them still finds `error instanceof UnauthorizedError`. What an `esm.mts` beside the
// entry exports takes the place of what CommonJS has under that name.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const modules = Object.values(exports).flatMap((entry) => entry.import?.default ?? []);

for (const module of modules) {
  const file = path.join(root, module.replace(/\.mjs$/, '.js'));
  const esm = path.join(path.dirname(file), 'esm.mjs');
  const own = existsSync(esm) ? Object.keys(await import(pathToFileURL(esm))) : [];
  const names = Object.keys(require(file)).filter((name) => !['default', '__esModule', ...own].includes(name));
  const base = `./${path.basename(file)}`;
  const replaced = own.length === 0 ? '' : `export { ${own.join(', ')} } from './esm.mjs';\n`;
  const list = names.map((name) => `export const ${name} = commonjs.${name};`).join('\n');
  writeFileSync(file.replace(/\.js$/, '.mjs'), `import commonjs from '${base}';\n\n${replaced}${list}\n`);
  writeFileSync(file.replace(/\.js$/, '.d.mts'), `${replaced}export * from '${base}';\n`);
}
