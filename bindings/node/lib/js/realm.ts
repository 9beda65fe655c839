// What a value is, whichever realm made it. Under jest each test file has an `Error` and a `Date` of its own, which those
// of Node.js, of the addon and of other files are no instances of.

import { types } from 'node:util';

export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** The value itself, or an error that says it. */
export function errorFrom(value: unknown): Error {
  return isError(value) ? value : new Error(String(value));
}

export const { isDate, isUint8Array } = types;

/** A URL that is an object, where a text belongs. */
export const isUrl = (value: unknown) => Object.prototype.toString.call(value) === '[object URL]';

/** An object with members, no list and no collection. */
export const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !types.isMap(value) && !types.isSet(value);
