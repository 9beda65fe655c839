// The option `validators`: checks of the application's own, beside the core's or in their place.

import { strict as assert } from 'node:assert';
import { isObject } from '../js/realm';
import type { JWTHeader, JWTPayload } from '../token/payload';

export type FunctionValidator = (value: unknown, claims: JWTPayload, header: JWTHeader) => Promise<boolean> | boolean;

/** `false` switches the check off, a string means equality. */
export type Validator = FunctionValidator | string | false | undefined;

export interface Validators {
  alg: Validator;
  typ: Validator;
  iss: Validator;
  aud: Validator;
  exp: Validator;
  iat: Validator;
  sub: Validator;
  client_id: Validator;
  jti: Validator;
  [claim: string]: Validator;
}

/** Throws at a validator that would check nothing: one that is `undefined`, as a variable is that is not set, and one that only
 * a prototype has, as a method of a class. */
export function checkValidators(validators: object): void {
  // A list or a map of validators would check nothing.
  assert(isObject(validators), "'validators' must be an object");
  for (const name of namesIn(validators)) {
    assert(typeof name === 'string', "'validators' has a symbol, and claims have names");
    assert(
      Object.prototype.propertyIsEnumerable.call(validators, name),
      `'validators.${name}' is inherited or hidden, and would be ignored: write it into the object itself`,
    );
    assert(
      Reflect.get(validators, name) !== undefined,
      `'validators.${name}' is undefined: leave it out where the claim may have any value`,
    );
  }
}

/** The names of all members, those of prototypes among them, without what every object has. */
function namesIn(object: object): Set<string | symbol> {
  const names = new Set<string | symbol>();
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const isRoot = Object.getPrototypeOf(at) === null && Object.hasOwn(at, 'isPrototypeOf');
    if (isRoot) break;
    for (const name of Reflect.ownKeys(at)) if (at === object || name !== 'constructor') names.add(name);
  }
  return names;
}
