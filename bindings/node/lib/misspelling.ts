// Which known name a misspelt one was meant to be. A setting that is believed and ignored leaves a protection off, so
// every place that takes settings refuses unknown names, and says which name is close.

import { strict as assert } from 'node:assert';

/** Names of at least this many letters may differ in two places, shorter ones in one. */
const LONG = 8;

/** The known name that is written almost like this one: in another case, with other separators, or with a letter or two
 * wrong, missing, added or swapped. `tests/conformance/misspellings.json` has the rule's examples, for Rust, too. */
export function closest(given: string, known: readonly string[]): string | undefined {
  const written = letters(given);
  let found: { name: string; distance: number } | undefined;
  for (const name of known) {
    const right = letters(name);
    if (Math.abs(written.length - right.length) > 2) continue;
    const distance = editDistance(written, right);
    const most = Math.min(written.length, right.length) >= LONG ? 2 : 1;
    if (distance <= most && distance < (found?.distance ?? Infinity)) found = { name, distance };
  }
  return found?.name;
}

/** Throws at an own property of `options` that is not among `known`. `what` has them, such as `'dpop'` or `auth()`;
 * `elsewhere` says what other names are called here. An unknown name that is `undefined` sets nothing. */
export function checkNames(what: string, options: object, known: readonly string[], elsewhere: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const other = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
    const near = closest(name, known);
    const meant = other ?? (near && `'${near}'`);
    const advice = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
    assert.fail(`${what} has no option '${name}'; ${advice}`);
  }
}

/** The letters and digits, as the eye reads them. */
function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** How many letters are wrong, missing, added, or swapped with the next one. */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const ways = [cost(last, column) + 1, cost(current, column - 1) + 1, cost(last, column - 1) + (isSame ? 0 : 1)];
      if (isSwapped) ways.push(cost(beforeLast, column - 2) + 1);
      current.push(Math.min(...ways));
    }
    [beforeLast, last] = [last, current];
  }
  return cost(last, other.length);
}

const cost = (row: readonly number[], column: number) => row[column] ?? Infinity;
