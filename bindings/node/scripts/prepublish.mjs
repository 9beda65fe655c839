// Makes the packages ready to be published: each addon that was built goes into its platform's package under
// npm/, and the main package names them all as optional dependencies. What is published is then
// `npm publish` in each npm/<platform>, and here.

import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const write = (file, json) => writeFileSync(path.join(root, file), `${JSON.stringify(json, null, 2)}\n`);

const main = read('package.json');
const optionalDependencies = {};
const missing = [];
for (const platform of readdirSync(path.join(root, 'npm'))) {
  const addon = `bearward.${platform}.node`;
  const built = path.join(root, addon);
  const target = path.join(root, 'npm', platform, addon);
  if (existsSync(built)) renameSync(built, target);
  if (!existsSync(target)) missing.push(platform);
  const manifest = `npm/${platform}/package.json`;
  const own = { ...read(manifest), version: main.version };
  write(manifest, own);
  optionalDependencies[own.name] = main.version;
}
if (missing.length > 0) {
  process.stderr.write(`bearward: no addon was built for ${missing.join(', ')}\n`);
  process.exit(1);
}
write('package.json', { ...main, optionalDependencies });
