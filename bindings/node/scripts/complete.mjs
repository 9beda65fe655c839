// Refuses to pack a package that lacks what it is for: the files that its package.json names, and an addon.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The files that a package.json names as its code and its declarations, and those that are not there. */
export function missing(folder) {
  const { main, types, exports = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const named = new Set(filesOf([main, types, exports]));
  return [...named].filter((file) => !existsSync(path.join(folder, file)));
}

function filesOf(value) {
  if (typeof value === 'string') return [value];
  return value ? Object.values(value).flatMap(filesOf) : [];
}

/** Whether a package brings an addon along: in its own folder, or as packages that npm installs beside it. */
function hasAddon(folder) {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return (
    readdirSync(folder).some((name) => name.endsWith('.node')) ||
    Object.keys(optionalDependencies).some((name) => name.startsWith('bearward-'))
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // npm runs scripts in the folder of the package.
  const folder = process.cwd();
  const absent = missing(folder);
  if (absent.length > 0 || !hasAddon(folder)) {
    process.stderr.write(
      `bearward: this package cannot be packed: ${absent.length > 0 ? `${absent.join(', ')} missing` : 'it has no addon'}. ` +
        'Run `npm run build` in bindings/node first.\n',
    );
    process.exit(1);
  }
}
