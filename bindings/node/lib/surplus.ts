// A function of the package that is called with more arguments than it takes. JavaScript drops the others: a requirement among
// them would not be required, and the application would not notice.

import { refuseRequest } from './uncalled';

/** The function, which throws a `TypeError` for more than `most` arguments. `what` is how it is called, and `instead` says where
 * the rest belongs. */
export function taking<Given extends unknown[], Result>(
  most: number,
  what: string,
  instead: string,
  work: (...given: Given) => Result,
): (...given: Given) => Result {
  return (...given) => {
    refuseSurplus(what, given, most, instead);
    return work(...given);
  };
}

/** The same for a function that makes a middleware: frameworks call one that is mounted itself with three arguments, which is
 * another mistake. */
export function making<Given extends unknown[], Result>(
  most: number,
  what: string,
  instead: string,
  work: (...given: Given) => Result,
): (...given: Given) => Result {
  const make = taking(most, what, instead, work);
  return (...given) => {
    refuseRequest(what, given);
    return make(...given);
  };
}

/** Throws for more than `most` arguments. */
export function refuseSurplus(what: string, given: readonly unknown[], most: number, instead: string): void {
  if (given.length <= most) return;
  const takes = most === 1 ? 'one argument' : `${most} arguments`;
  throw new TypeError(`${what} takes ${takes} and got ${given.length}, of which the last would be ignored: ${instead}`);
}

/** What to write instead, of functions that several adapters have. */
export const SEVERAL = 'write `and(…)` around several requirements';
export const OPTIONS_ONLY = 'what every route requires is the option `requirement`, and `require(…)` is for one route';
export const REQUIRE_FIRST = 'write `api.require(requirement)` and call that';
