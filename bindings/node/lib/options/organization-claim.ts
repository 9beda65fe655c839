// The option `organizationClaim`, and what a handler reads by it.

import { strict as assert } from 'node:assert';
import { checkNames } from '../misspelling';
import type { OrganizationClaimObject } from '../generated/settings';
import type { ClaimPath } from '../requirement';
import { claimAt, isObject } from '../token/claim-path';

/** The claim that names the token's organization: `'org_id'`, `'o.id'`, `['https://example.com/org', 'id']`. With
 * `several: true` it may be a list (`["acme"]`), or an object whose members are called after the organizations
 * (`{"acme":{"id":"…"}}`), as Keycloak 26 writes it; the request must then name one of them. */
export type OrganizationClaim = ClaimPath | { path: ClaimPath; several?: boolean };

/** Throws for a value that is not a claim. */
export function organizationClaimSettings(claim: OrganizationClaim): OrganizationClaimObject {
  if (isPath(claim)) return { path: claim, several: false };
  assert(
    isObject(claim) && isPath(claim.path),
    "'organizationClaim' must be a claim's path, or an object with its 'path'",
  );
  checkNames("'organizationClaim'", claim, ['path', 'several']);
  const { path, several = false } = claim as { path: ClaimPath; several?: unknown };
  assert(typeof several === 'boolean', "'organizationClaim.several' must be a boolean");
  return { path, several };
}

const isPath = (value: unknown): value is ClaimPath =>
  typeof value === 'string' || (Array.isArray(value) && value.every((name) => typeof name === 'string'));

/** The organization that the claims name; `undefined` if they do not name exactly one. */
export function organizationOf(claims: unknown, { path, several }: OrganizationClaimObject): string | undefined {
  const value = claimAt(claims, path);
  if (typeof value === 'string') return value === '' ? undefined : value;
  const [one, ...others] = new Set(several ? namesIn(value) : []);
  return others.length === 0 ? one : undefined;
}

function namesIn(value: unknown): string[] {
  const names: unknown[] = Array.isArray(value) ? value : [];
  if (isObject(value) && Object.values(value).every(isObject)) names.push(...Object.keys(value));
  return names.every((name) => typeof name === 'string' && name !== '') ? (names as string[]) : [];
}
