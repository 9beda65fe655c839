// `auth()`, and the middlewares behind it that ask the core.

import type { ServerResponse } from 'node:http';
import { checkNames } from '../misspelling';
import type { ResourceDocument } from '../native/addon';
import type { AuthOptions } from '../options/options';
import { refuseUnset } from '../options/unset';
import { AcceptedToken } from '../protect/auth-result';
import { Guard, type Registered } from '../protect/guard';
import { type Operated, operatedBy } from '../protect/health';
import { InternalError } from '../refusal/errors';
import {
  acr,
  and,
  type ClaimPath,
  maxAge,
  organization,
  type OrganizationOptions,
  type Requirement,
  role,
} from '../requirement';
import { making, OPTIONS_ONLY, refuseSurplus, SEVERAL } from '../surplus';
import { refuseRequest } from '../uncalled';
import { EXPRESS, type ExpressRequest, type Handler, type Next } from './handler';
import { authenticate, check } from './middleware';
import { checkCall, refuse } from './outcome';
import { unauthorized } from './without-auth';

/** The middleware that lets requests with a valid access token pass. */
export interface AuthHandler extends Handler, Operated {
  /** The same middleware for a route that requires more of the token; it shares keys and cache with this
   * one. What stands in an organization's audience is only found this way. */
  require(requirement: Requirement): Handler;
  /** Fetches the keys of every issuer that is configured, all at a time, for those who want to fail at start. Rejects with
   * a `NotReadyError` that names each issuer whose keys are missing, with the cause, and those that are ready; requests
   * are served all the same. Issuers that a function names are not known before their first request. */
  ready(): Promise<void>;
  /** The document that `protectedResourceMetadata()` serves, where `resource` was given. */
  readonly resourceMetadata: ResourceDocument | undefined;
}

/** Lets requests with a valid access token pass, with `req.auth`; passes an error to `next` for all others. What the
 * promise of the middleware says is written at `Handler`.
 * Throws at once when an option cannot work. Nothing is fetched before the first request. */
export function auth(options?: AuthOptions): AuthHandler;
export function auth(...given: [AuthOptions?]): AuthHandler {
  refuseRequest('auth()', given);
  refuseSurplus('auth()', given, 1, OPTIONS_ONLY);
  const [options = {}] = given;
  const guard = new Guard(options, EXPRESS);
  const handler = (req: ExpressRequest, res: ServerResponse, next?: Next) => authenticate(guard, req, res, next);
  return Object.assign(handler, {
    resourceMetadata: guard.resourceMetadata,
    ready: () => guard.ready(),
    ...operatedBy(guard),
    require: making(1, 'require()', SEVERAL, (requirement: Requirement): Handler => {
      const registered = guard.register(requirement);
      return (req: ExpressRequest, res: ServerResponse, next?: Next) => authenticate(guard, req, res, next, registered);
    }),
  });
}

/** Requires more of a token that an `auth()` before this has let in. */
export const authorize = making(1, 'authorize()', SEVERAL, (requirement: Requirement): Handler => {
  return authorizing('authorize()', requirement);
});

function authorizing(what: string, requirement: Requirement): Handler {
  // A guard is met at the first request; what is wrong with the requirement must be said before. What is left for then
  // is one that is nested too deep for a guard that requires something as well.
  Guard.checkRequirement(requirement);
  const registered = new WeakMap<Guard, Registered>();
  return (req: ExpressRequest, res: ServerResponse, next?: Next) => {
    checkCall(res, next);
    const origin = AcceptedToken.originOf(req.auth);
    if (!(origin instanceof Guard)) return refuse(res, next, unauthorized(what, req));
    let own = registered.get(origin);
    if (own === undefined) {
      try {
        own = origin.register(requirement);
      } catch (cause) {
        return refuse(res, next, new InternalError('this resource is not set up correctly', { cause }));
      }
      registered.set(origin, own);
    }
    return check(origin, req, res, next, own);
  };
}

/** Requires the token to be for the organization that the request names:
 * `requireOrganization({ fromPath: 'org' })`. */
export const requireOrganization = making(
  1,
  'requireOrganization()',
  SEVERAL,
  (options: OrganizationOptions): Handler => {
    return authorizing('requireOrganization()', organization(options));
  },
);

/** Where roles are. */
interface RolesOptions {
  claim?: ClaimPath;
  listedAs?: 'values' | 'keys';
}

/** Requires every one of these roles, listed in the claim `roles`, or in another:
 * `requireRoles(['admin'], { claim: 'realm_access.roles' })`. With `listedAs: 'keys'` the claim is an object whose members
 * are called after the roles. */
export function requireRoles(names: string | string[], options?: RolesOptions): Handler;
export function requireRoles(...given: [string | string[], RolesOptions?]): Handler {
  refuseRequest('requireRoles()', given);
  refuseSurplus('requireRoles()', given, 2, 'write the roles in a list');
  const [names, options = {}] = given;
  checkNames('requireRoles()', options, ['claim', 'listedAs']);
  refuseUnset(options, 'claim', 'claim', "the claim is 'roles'");
  const { claim = 'roles', listedAs = 'values' } = options;
  const required = [names]
    .flat()
    .map((name) => (listedAs === 'values' ? role(name, claim) : listedRole(name, claim, listedAs)));
  return authorizing('requireRoles()', and(...required));
}

/** What is neither `values` nor `keys` the core refuses. */
function listedRole(name: string, claim: ClaimPath, listedAs: 'values' | 'keys'): Requirement {
  return { role: { name, claim, listed_as: listedAs } };
}

/** Requires an authentication of one of these contexts; the challenge asks for them (RFC 9470). */
export function requireAcr(...values: string[]): Handler {
  refuseRequest('requireAcr()', values);
  return authorizing('requireAcr()', acr(...values));
}

/** Requires an authentication at most this many seconds ago; the challenge asks for it (RFC 9470). */
export const requireMaxAge = making(1, 'requireMaxAge()', SEVERAL, (seconds: number): Handler => {
  return authorizing('requireMaxAge()', maxAge(seconds));
});
