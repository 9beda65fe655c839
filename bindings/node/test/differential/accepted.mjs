// Holds differences against the list of those that are accepted: one that is not listed fails, and so does a
// listed one that does not occur any more.

import { readFileSync, writeFileSync } from 'node:fs';

export class Accepted {
  #entries;

  constructor(file, suite) {
    const all = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
    this.#entries = all[suite].map((entry) => ({ ...entry, seen: 0 }));
  }

  /** Whether the difference is listed. */
  covers(options, name, original, bearward) {
    const entry = this.#entries.find(
      (one) => concerns(one, options, name) && fits(one.original, original) && fits(one.bearward, bearward),
    );
    if (entry !== undefined) entry.seen += 1;
    return entry !== undefined;
  }

  /** Whether it is listed that Bearward lets one of these pass, which the original does not. */
  admits(options, names) {
    return this.#entries.some((one) => one.bearward === '200' && names.some((name) => concerns(one, options, name)));
  }

  /** Whether nothing is missing from the list. With PRINT_DIFFERENCES, the missing ones are written to that file. */
  static none(unlisted) {
    if (process.env.PRINT_DIFFERENCES) writeFileSync(process.env.PRINT_DIFFERENCES, JSON.stringify(unlisted));
    return unlisted.length === 0;
  }

  /** Those that did not occur. */
  get unseen() {
    return this.#entries.filter(({ seen }) => seen === 0).map(({ seen, ...entry }) => entry);
  }
}

/** Left out, `cases` and `options` stand for all. */
function concerns({ cases, options }, option, name) {
  return (cases === undefined || cases.includes(name)) && (options === undefined || options.includes(option));
}

/** `*` stands for anything. */
function fits(pattern, text) {
  const literal = (part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`, 's').test(text);
}
