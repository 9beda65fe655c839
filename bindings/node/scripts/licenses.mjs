// Puts the texts of the licenses beside a package.json while npm packs it: they stand at the root of the
// repository, and npm reaches no further than its own folder. `prepack` copies them, `postpack` takes them away.

import { copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) {
  // npm runs scripts in the folder of the package.
  const copy = path.join(process.cwd(), name);
  if (process.argv[2] === 'remove') rmSync(copy, { force: true });
  else copyFileSync(path.join(repository, name), copy);
}
