// How a requirement crosses to the core.

import { isObject } from '../js/realm';
import type { Requirement } from '../requirement';
import { isThenable } from '../js/thenable';

/** A requirement as JSON, for the core. JSON has no `NaN` and no `Infinity`, and would write `null` for them and for what
 * is `undefined` in an array, which means something else; it would leave out a member that is `undefined`, without which less
 * may be required; and it would write a promise as `{}`. Each of these throws. */
export function writeRequirement(requirement: Requirement): string {
  checkForm(requirement);
  return JSON.stringify(requirement, function (this: unknown, name, value: unknown) {
    const what = name === '' ? 'it' : `'${name}'`;
    if (isThenable(value)) throw new TypeError(`requirement: ${what} is a promise: await it`);
    const isLost = ['undefined', 'function', 'symbol'].includes(typeof value);
    if (isLost && !Array.isArray(this)) throw new TypeError(`requirement: ${what} is ${String(value)}`);
    if (isLost || (typeof value === 'number' && !Number.isFinite(value))) {
      throw new TypeError(`requirement: ${String(value)} cannot be required of a claim`);
    }
    return value;
  });
}

/** Throws where something else is in the place of a requirement. What is in one, the core checks. */
function checkForm(given: unknown): void {
  if (isThenable(given) || given === undefined) return;
  if (Array.isArray(given))
    throw new TypeError('requirement: a list was given: write `and(…)` around several requirements');
  if (typeof given === 'string') {
    throw new TypeError("requirement: a text was given: write `scopes('read:messages')` where a scope is meant");
  }
  if (!isObject(given) || Object.keys(given as object).length === 0) {
    throw new TypeError(
      'requirement: what was given requires nothing that is known: write what `scopes()`, `role()`, `claim()` and the others make',
    );
  }
  const { and, or, not } = given as Record<string, unknown>;
  for (const parts of [and, or]) if (Array.isArray(parts)) parts.forEach(checkForm);
  if (not !== undefined) checkForm(not);
}

type Names<T> = T extends unknown ? keyof T : never;

const REQUIREMENTS: Readonly<Record<Names<Requirement>, true>> = {
  scope: true,
  all_scopes: true,
  any_scope: true,
  claim: true,
  role: true,
  organization: true,
  authorization_details: true,
  operations: true,
  acr: true,
  max_age: true,
  and: true,
  or: true,
  not: true,
};
const NEEDS = ['scopes', 'requirement'];

/** Whether this is a requirement, or what `requireAuth()` of other adapters takes, where something else belongs. */
export function isRequirement(value: unknown): boolean {
  const names = Object.keys(Object(value));
  const [first, ...others] = names;
  if (first === undefined) return false;
  return (others.length === 0 && Object.hasOwn(REQUIREMENTS, first)) || names.every((name) => NEEDS.includes(name));
}
