// hapi checks the scopes of a route by itself, and answers 403 without a challenge. This says which scopes the route needs, so
// that the core can write it.

import { and, anyScope, not, or, type Requirement, scopes } from '../requirement';

/** The scopes of a route, as hapi has sorted them: `+a`, `a` and `!a`. */
interface AccessScope {
  required?: string[];
  selection?: string[];
  forbidden?: string[];
  /** Some are templates, which are filled in at each request. */
  _hasParameters?: unknown;
}

/** `access` of a route; one element is enough. */
export type Access = ReadonlyArray<{ entity?: string; scope?: AccessScope | false }>;

/** What a route requires of a token; `undefined` where that is not known before the request. */
export function requirementOf(access: Access): Requirement | undefined {
  const scopes = access.map(({ scope }) => scope);
  if (scopes.some((scope) => !scope || scope._hasParameters)) return undefined;
  const [only, ...others] = (scopes as AccessScope[]).map(requirementOfScope);
  return only === undefined || others.length === 0 ? only : or(only, ...others);
}

/** The scopes that one element names, in any way. */
export const scopesOf = ({ scope }: Access[number]): string[] =>
  scope ? [scope.required, scope.selection, scope.forbidden].flatMap((names) => names ?? []) : [];

function requirementOfScope({ required, selection, forbidden }: AccessScope): Requirement {
  const parts: Requirement[] = [];
  if (required !== undefined) parts.push(scopes(...required));
  if (selection !== undefined) parts.push(anyScope(...selection));
  if (forbidden !== undefined) parts.push(not(anyScope(...forbidden)));
  return and(...parts);
}
