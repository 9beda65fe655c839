// Which known name a misspelt one was meant to be. A setting that is believed and ignored leaves a protection off, so
// every place that takes settings refuses unknown names, and says which name is close.

import { strict as assert } from 'node:assert';
import { closestName } from './native/addon';

/** The known name that is written almost like this one: in another case, with other separators, or with a letter or two
 * wrong, missing, added or swapped. The rule is the core's; `tests/conformance/misspellings.json` has examples. */
export function closest(given: string, known: readonly string[]): string | undefined {
  return closestName(given, [...known]) ?? undefined;
}

/** Throws at an own property of `options` that is not among `known`. `what` has them, such as `'dpop'` or `auth()`;
 * `elsewhere` says what other names are called here. An unknown name that is `undefined` sets nothing. */
export function checkNames(
  what: string,
  options: object,
  known: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const other = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
    const near = closest(name, known);
    const meant = other ?? (near && `'${near}'`);
    const advice = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
    assert.fail(`${what} has no option '${name}'; ${advice}`);
  }
}

/** Throws at a value that an option does not have. `undefined` is as good as left out. */
export function checkChoice(option: string, value: unknown, known: readonly string[]): void {
  if (value === undefined || known.includes(value as string)) return;
  const near = typeof value === 'string' ? closest(value, known) : undefined;
  const advice = near === undefined ? '' : `; did you mean '${near}'?`;
  const list = known.map((one) => `'${one}'`);
  assert.fail(`'${option}' must be ${list.slice(0, -1).join(', ')} or ${list.at(-1)}${advice}`);
}
