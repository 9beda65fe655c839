// Options that are given and hold nothing: a misspelt name, a variable that is not set, a promise that was not awaited.
//
// 1. `undefined` is an error for an option of ours without which less is checked: as good as left out, it would switch a check
//    off, and the application would not notice.
// 2. An option of `express-oauth2-jwt-bearer` that is `undefined` means what it means there, `dpop` and `mtls` as a whole among
//    them. Two are excepted: `required` in each, which requires a token to be bound to its sender.
// 3. A promise is an error anywhere: it has none of the members that an option is looked for.
// 4. A function is an error where data belongs.

import { strict as assert } from 'node:assert';
import { at, eachRow, optionsThat, type Row } from '../option-table';
import { isObject } from '../js/realm';
import { OPTIONS_ONLY, refuseSurplus } from '../surplus';
import { isThenable } from '../js/thenable';
import { refuseRequest } from '../uncalled';
import { isLiteral, MAX_DEPTH } from './snapshot';

/** The options that a function was called with. Without an argument there are none, and the environment has the settings; an
 * argument that is `undefined` is a mistake, such as a misspelt name. */
export function givenOptions<Options extends object>(what: string, given: readonly [Options?]): Options {
  refuseRequest(what, given);
  refuseSurplus(what, given, 1, OPTIONS_ONLY);
  const [options] = given;
  if (given.length > 0 && options === undefined) {
    throw new TypeError(
      `${what} got options that are undefined: leave them out where the environment has the settings`,
    );
  }
  if (isThenable(options)) throw new TypeError(`${what} got a promise: await the options`);
  return options ?? ({} as Options);
}

/** Throws at what is `undefined` and must not be, and at a promise. */
export function checkSet(options: object): void {
  for (const [place, { leaveOutWhere }] of eachRow()) {
    if (leaveOutWhere === undefined) continue;
    const end = place.lastIndexOf('.');
    const group = end === -1 ? options : at(options, place.slice(0, end));
    if (isObject(group)) refuseUnset(Object(group), place.slice(end + 1), place, leaveOutWhere);
  }
  const isOf = (kind: Row['holds']) => optionsThat((row) => row.holds === kind);
  // A store is an object of the application's, and may hold what it likes.
  const [data, objects] = divided(options as Record<string, unknown>, isOf('object'));
  const promise = placeIn(data, isThenable, '') ?? placeIn(objects, isThenable, '', MAX_DEPTH);
  assert(promise === undefined, `'${promise}' is a promise: await it before it is given`);
  // What is required is looked at where it is written.
  const [{ mcd, ...rest }] = divided(data, isOf('code'));
  const { issuers, ...beside } = Object(mcd);
  checkData({ ...rest, ...(mcd !== undefined && { mcd: typeof issuers === 'function' ? beside : mcd }) });
}

/** The options without these, and these. */
function divided(options: Record<string, unknown>, names: readonly string[]) {
  const entries = Object.entries(options);
  const isThere = ([name]: [string, unknown]) => names.includes(name);
  const [others, these] = [entries.filter((one) => !isThere(one)), entries.filter(isThere)].map(Object.fromEntries);
  return [others, these] as [Record<string, unknown>, Record<string, unknown>];
}

/** Throws at a function in what is data. */
export function checkData(data: object, place = ''): void {
  const lost = placeIn(data, isLost, place);
  assert(lost === undefined, `'${lost}' is a function or a symbol: give the value itself`);
}

/** Settings cross to the core as JSON, which leaves these out: a check would be switched off. */
const isLost = (value: unknown) => typeof value === 'function' || typeof value === 'symbol';

/** Those of these options that are given and hold nothing, to be added to an error. */
export function emptyOptions(given: object, names: Iterable<string>): string {
  const empty = [...names].filter((name) => {
    const value: unknown = Object.hasOwn(given, name) ? Reflect.get(given, name) : true;
    return value === undefined || value === null || value === '';
  });
  return empty
    .map((name) => `; '${name}' is ${Reflect.get(given, name) === '' ? 'empty' : Reflect.get(given, name)}`)
    .map((text) => `${text}: is the environment variable set?`)
    .join('');
}

/** Throws where a member is there and `undefined`. */
export function refuseUnset(group: object, name: string, place: string, circumstances: string): void {
  const isUnset = name in group && Reflect.get(group, name) === undefined;
  assert(!isUnset, `'${place}' is undefined: leave it out where ${circumstances}`);
}

/** The place of the first such value in what is data. */
function placeIn(value: unknown, is: (value: unknown) => boolean, place: string, depth = 0): string | undefined {
  if (is(value)) return place;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return undefined;
  if (!Array.isArray(value) && !isLiteral(value)) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const inner = Array.isArray(value) ? `${place}[${name}]` : `${place}${place && '.'}${name}`;
    const found = placeIn(member, is, inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
