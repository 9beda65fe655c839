// What a route needs beyond a good token, as adapters for whole applications are told it.

import { strict as assert } from 'node:assert';
import { checkNames } from '../misspelling';
import { isObject } from '../js/realm';
import { and, type Requirement, scopes as requireScopes } from '../requirement';
import { refuseRequest } from '../uncalled';
import type { RequestAuth } from './auth-result';
import type { Protection } from './protect';

/** What a route needs: a good token, and what is written here. */
export interface RouteNeeds {
  /** Every one of these scopes. */
  scopes?: readonly string[];
  /** What `scopes()`, `organization()`, `role()` and the others make. */
  requirement?: Requirement;
}

/** The protection of a route. `given` are the arguments of a function whose one argument may be left out: one that was
 * passed and is `undefined` is a misspelt name, and must not be a route that needs nothing. */
export function protectionFor(
  what: string,
  api: Protection<RequestAuth | undefined>,
  given: readonly unknown[],
): Protection<RequestAuth | undefined> {
  if (given.length === 0) return api;
  refuseRequest(what, given);
  const [needs] = given;
  assert(given.length === 1 && isObject(needs), `${what} takes one object: { scopes: […], requirement: … }`);
  checkNames(what, needs as object, ['scopes', 'requirement']);
  const required: Requirement[] = [];
  for (const [name, value] of Object.entries(needs as RouteNeeds)) {
    assert(value !== undefined && value !== null, `${what} has '${name}', and it is ${value}`);
    required.push(name === 'scopes' ? scopesOf(what, value) : (value as Requirement));
  }
  assert(required.length > 0, `${what} takes no empty object: leave it out where a good token is enough`);
  return api.require(required.length === 1 ? (required[0] as Requirement) : and(...required));
}

function scopesOf(what: string, value: unknown): Requirement {
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
  assert(isList, `${what}: 'scopes' must be a list of at least one scope, such as ['read:messages']`);
  return requireScopes(...(value as string[]));
}
