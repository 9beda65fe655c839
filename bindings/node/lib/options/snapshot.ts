// Options as they are at one moment: a copy that nothing outside changes any more, and a name that two sets of options
// share only when they mean the same.

import { createHash } from 'node:crypto';
import { types } from 'node:util';

/** JSON that a setting may hold is not as deep; what is deeper may have no end. */
export const MAX_DEPTH = 64;

/** Copies what is data: object literals, arrays and bytes. What is anything else stays what it is. */
export function copyOf<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (types.isUint8Array(value)) return Uint8Array.from(value) as T;
  if (isList(value)) return Array.from(value, (one) => copyOf(one, depth + 1)) as T;
  if (!isLiteral(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copyOf(one, depth + 1)])) as T;
}

/** Options without one of them: a copy that keeps the prototype, since options that are inherited are an error. */
export function without<T extends object, Name extends keyof T>(options: T, name: Name): Omit<T, Name> {
  const { [name]: _left, ...own } = Object.getOwnPropertyDescriptors(options);
  return Object.create(Object.getPrototypeOf(options), own as PropertyDescriptorMap);
}

/** A name for data, and for `objects`, each of which is known by its identity. Functions are, too. The name is a hash,
 * so that it gives no setting away. `undefined` where the data holds another kind of object: its members may change
 * while its identity stays, so it has no name. */
export function nameOf(data: unknown, objects: readonly unknown[]): string | undefined {
  const parts = [written(data, 0), ...objects.map((one) => (isIdentified(one) ? identityOf(one) : written(one, 0)))];
  return parts.includes(undefined) ? undefined : createHash('sha256').update(parts.join('')).digest('base64');
}

/** Each kind of value begins with another sign, and each value says where it ends: no two are written alike. */
function written(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return `${value};`;
    case 'bigint':
      return `${value}n;`;
    case 'function':
      return identityOf(value);
    case 'object':
      return value === null ? 'null;' : writtenObject(value, depth);
    default:
      return undefined;
  }
}

function writtenObject(value: object, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (types.isUint8Array(value)) return `b${Buffer.from(value).toString('hex')};`;
  const parts: Array<string | undefined> = [];
  if (isList(value)) {
    for (const one of value) parts.push(written(one, depth + 1));
  } else if (isLiteral(value)) {
    // An option that is undefined is one that is left out.
    const members = Object.entries(value).filter(([, one]) => one !== undefined);
    members.sort(([one], [other]) => (one < other ? -1 : 1));
    for (const [name, one] of members) parts.push(JSON.stringify(name), written(one, depth + 1));
  } else {
    return undefined;
  }
  if (parts.includes(undefined)) return undefined;
  return isList(value) ? `[${parts.join('')}]` : `{${parts.join('')}}`;
}

// A proxy may answer differently each time.
const isList = (value: object): value is unknown[] => Array.isArray(value) && !types.isProxy(value);

/** An object literal, of this realm or of another one, such as a test runner's. */
export function isLiteral(value: object): boolean {
  if (types.isProxy(value)) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

const isIdentified = (value: unknown): value is object =>
  typeof value === 'function' || (typeof value === 'object' && value !== null);

const identities = new WeakMap<object, string>();
let lastIdentity = 0;

function identityOf(value: object): string {
  let identity = identities.get(value);
  if (identity === undefined) {
    lastIdentity += 1;
    identity = `#${lastIdentity};`;
    identities.set(value, identity);
  }
  return identity;
}
