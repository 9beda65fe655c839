// Puts together what is published: a folder below target/npm for the main package and one for each platform's addon.
// The main package names the others as optional dependencies, so that npm installs the one for its machine. In each
// folder `npm publish` is then all that is left.
//
//   node scripts/prepublish.mjs                    the addon of every platform must be there
//   node scripts/prepublish.mjs --here             that of this platform is enough: for a check of the packages
//   node scripts/prepublish.mjs --addons FOLDER    where the addons are, instead of beside package.json
//   node scripts/prepublish.mjs --to FOLDER        where the packages are put, instead of target/npm

import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { missing } from './complete.mjs';
import { platform } from './platform.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: {
    here: { type: 'boolean', default: false },
    addons: { type: 'string', default: root },
    to: { type: 'string', default: path.join(root, 'target', 'npm') },
  },
});

const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

function fail(message) {
  process.stderr.write(`bearward: ${message}\n`);
  process.exit(1);
}

const absent = missing(root);
if (absent.length > 0) fail(`${absent.join(', ')} missing: run \`npm run build:js\` first`);

const platforms = readdirSync(path.join(root, 'npm')).sort();
const addon = (name) => path.join(options.addons, `bearward.${name}.node`);
const built = platforms.filter((name) => existsSync(addon(name)));
const wanted = options.here ? [platform()] : platforms;
const unbuilt = wanted.filter((name) => !built.includes(name));
if (unbuilt.length > 0) fail(`no addon was built for ${unbuilt.join(', ')}`);

/** A package.json as it is published: what only this checkout uses is left out. */
function put(name, { scripts, devDependencies, ...manifest }, fill) {
  const folder = path.join(options.to, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const license of ['LICENSE-MIT', 'LICENSE-APACHE'])
    copyFileSync(path.join(root, '../..', license), path.join(folder, license));
  fill(folder);
}

const main = read('package.json');
rmSync(options.to, { recursive: true, force: true });
for (const name of wanted)
  put(`bearward-${name}`, { ...read(`npm/${name}/package.json`), version: main.version }, (folder) => {
    copyFileSync(addon(name), path.join(folder, `bearward.${name}.node`));
  });
// Every platform is named, built here or not: what is published names them all.
const optionalDependencies = Object.fromEntries(platforms.map((name) => [`bearward-${name}`, main.version]));
const files = main.files.filter((pattern) => pattern !== '*.node');
put('bearward', { ...main, files, optionalDependencies }, (folder) => {
  cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
  copyFileSync(path.join(root, 'README.md'), path.join(folder, 'README.md'));
});
