// The entries of the package, as `exports` of package.json names them: tests that try each of them read this list.

import { readFileSync } from 'node:fs';

export const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The names of the entries below the root: `express`, `fetch`, … */
export const names = Object.keys(manifest.exports).flatMap((entry) => entry.match(/^\.\/([\w-]+)$/)?.[1] ?? []);

/** What each exports, by its name; the root by that of the package. */
export const ENTRIES = { bearward: await import('bearward') };
for (const name of names) ENTRIES[name] = await import(`bearward/${name}`);

/** The entries that make a protection of nothing but options, such as `koa auth()`, and what makes it there. MCP needs a
 * resource. */
export const MAKERS = Object.fromEntries(
  Object.entries(ENTRIES).flatMap(([name, { protect, auth }]) => {
    if (name === 'mcp') return [];
    const made = Object.entries({ protect, auth }).find(([, make]) => make !== undefined);
    return made === undefined ? [] : [[`${name} ${made[0]}()`, made[1]]];
  }),
);

/** Those with the option `trustProxy`: the root is told with each request whom to trust, and Express has a setting for it. */
export const PROXIED = Object.fromEntries(
  Object.entries(MAKERS).filter(([name]) => !['bearward protect()', 'express auth()'].includes(name)),
);
