// What a route requires of a token beyond being valid: plain data, which means the same in Rust and in a
// gateway's configuration. The core checks it once and decides by it.

import { checkNames } from './misspelling';
import { isObject } from './js/realm';
import { refuseSurplus, SEVERAL, taking } from './surplus';

/** Where a claim is. A text is tried as one name first, then what is before each of its dots, so `realm_access.roles`,
 * `https://example.com/roles` and `kubernetes.io.namespace` are found. In an array each element is one name, whatever dots
 * it has: `['resource_access', 'my.client', 'roles']`. */
export type ClaimPath = string | string[];
export type JSONValue = string | number | boolean | null | JSONValue[] | { [name: string]: JSONValue };

export type ClaimTest =
  | { equals: JSONValue }
  | { includes: JSONValue[] }
  | { one_of: JSONValue[] }
  | { exists: boolean };

export type ExpectedOrganization =
  | { from_path: string }
  | { from_header: string }
  | { from_host: string }
  | { is: string }
  | { any: true };

/** Authorization details that one element of the token's must have, all of them (RFC 9396). */
export interface AuthorizationDetails {
  type: string;
  /** All of these are among its `locations`; the other lists likewise. */
  locations?: string[];
  actions?: string[];
  datatypes?: string[];
  privileges?: string[];
  identifier?: string;
  /** Members of the type's own, each with exactly this value. */
  members?: Record<string, JSONValue>;
}

/** How an operation is known, and what it requires: `requires`, or `any_token` where a valid token is enough. */
export interface Operation {
  method?: string;
  path?: string;
  mcp_method?: string;
  mcp_name?: string;
  requires?: Requirement;
  any_token?: true;
}

/** One member each. Written down as JSON it is what Rust and the gateway read, too. */
export type Requirement =
  | { scope: string }
  | { all_scopes: string[] }
  | { any_scope: string[] }
  | { claim: { path: ClaimPath } & ClaimTest }
  | { role: { name: string; claim?: ClaimPath; listed_as?: 'values' | 'keys' } }
  | { organization: ExpectedOrganization & { audience?: string } }
  | { authorization_details: AuthorizationDetails }
  | { operations: Operation[] }
  | { acr: string[] }
  | { max_age: number }
  | { and: Requirement[] }
  | { or: Requirement[] }
  | { not: Requirement };

/** Requires every one of these scopes. */
export function scopes(...names: string[]): Requirement {
  refuseOtherThanTexts('scopes()', names);
  return { all_scopes: names };
}

/** Requires at least one of these scopes. */
export function anyScope(...names: string[]): Requirement {
  refuseOtherThanTexts('anyScope()', names);
  return { any_scope: names };
}

const CLAIM_TESTS = ['equals', 'includes', 'one_of', 'exists'];

/** Requires a claim to pass a test: `claim('role', { equals: 'admin' })`, `claim('realm_access.roles', …)`. Values are
 * compared within one JSON type; a number beyond `Number.MAX_SAFE_INTEGER` is refused, since JavaScript has rounded it. */
export const claim = taking(2, 'claim()', SEVERAL, (path: ClaimPath, test: ClaimTest): Requirement => {
  if (!isObject(test) || !CLAIM_TESTS.some((name) => name in test)) {
    throw new TypeError(
      `claim() needs a test of the claim, such as claim('tid', { equals: 'acme' }): an object with one of ${CLAIM_TESTS.join(', ')}`,
    );
  }
  return { claim: { path, ...test } };
});

/** Requires a role, listed in `roles` unless another claim is named. */
export function role(name: string, from?: ClaimPath): Requirement;
export function role(name: string, ...from: [ClaimPath?]): Requirement {
  refuseSurplus('role()', [name, ...from], 2, SEVERAL);
  refuseOtherThanRole('role()', name);
  if (from.length === 0) return { role: { name } };
  const [claim] = from;
  // In another claim than was meant, anything may be listed.
  if (claim === undefined) throw new TypeError("role(): the claim is undefined: leave it out where it is 'roles'");
  return { role: { name, claim } };
}

/** Requires a role that is the name of a member of a claim, an object: `{"admin":{…}}`. A member that is no object, such
 * as `false`, assigns nothing. */
export const roleKey = taking(2, 'roleKey()', SEVERAL, (name: string, from: ClaimPath): Requirement => {
  refuseOtherThanRole('roleKey()', name);
  return { role: { name, claim: from, listed_as: 'keys' } };
});

/** Where other products list roles; each takes the role's name. */
export const roles = {
  keycloakRealm: taking(1, 'roles.keycloakRealm()', SEVERAL, (name: string) => role(name, ['realm_access', 'roles'])),
  keycloakClient: taking(2, 'roles.keycloakClient()', SEVERAL, (client: string, name: string) =>
    role(name, ['resource_access', client, 'roles']),
  ),
  entra: taking(1, 'roles.entra()', SEVERAL, (name: string) => role(name, 'roles')),
  auth0Permission: taking(1, 'roles.auth0Permission()', SEVERAL, (name: string) => role(name, 'permissions')),
  cognitoGroup: taking(1, 'roles.cognitoGroup()', SEVERAL, (name: string) => role(name, 'cognito:groups')),
  zitadel: taking(1, 'roles.zitadel()', SEVERAL, (name: string) => roleKey(name, 'urn:zitadel:iam:org:project:roles')),
};

/** Logto's organization permissions: the audience is the organization. */
export const LOGTO_ORGANIZATION_AUDIENCE = 'urn:logto:organization:{organization}';

/** How the request names the organization, and how the token does. */
export interface OrganizationOptions {
  /** A parameter of the route's path: `org` of `/organizations/:org`. */
  fromPath?: string;
  /** A header. */
  fromHeader?: string;
  /** The host, such as `{organization}.example.com`. */
  fromHost?: string;
  /** This organization. */
  is?: string;
  /** Whichever organization the token is for; the handler must keep to `req.auth.info.organizationId`. */
  any?: true;
  /** The token names the organization by an audience of this form, such as `LOGTO_ORGANIZATION_AUDIENCE`. */
  audience?: string;
}

const ORGANIZATION_NAMES: Record<keyof OrganizationOptions, true> = {
  fromPath: true,
  fromHeader: true,
  fromHost: true,
  is: true,
  any: true,
  audience: true,
};

/** Requires the token to be for the organization that the request names. */
export const organization = taking(1, 'organization()', SEVERAL, (options: OrganizationOptions): Requirement => {
  if (!isObject(options)) {
    throw new TypeError(
      "organization() needs to know how a request names the organization: write organization({ fromPath: 'org' }) for /:org," +
        ' or organization({ any: true }) where any organization may call',
    );
  }
  checkNames('organization()', options, Object.keys(ORGANIZATION_NAMES));
  checkDefined('organization()', options);
  const { fromPath, fromHeader, fromHost, is, any, audience } = options;
  const named: ExpectedOrganization[] = [];
  if (fromPath !== undefined) named.push({ from_path: fromPath });
  if (fromHeader !== undefined) named.push({ from_header: fromHeader });
  if (fromHost !== undefined) named.push({ from_host: fromHost });
  if (is !== undefined) named.push({ is });
  if (any !== undefined) named.push({ any });
  const [expected, ...others] = named;
  if (expected === undefined || others.length > 0) {
    throw new TypeError("'organization' needs exactly one of fromPath, fromHeader, fromHost, is and any");
  }
  return { organization: { ...expected, ...(audience !== undefined && { audience }) } };
});

/** Requires an authentication of one of these contexts (`acr`, RFC 9470). */
export function acr(...values: string[]): Requirement {
  refuseOtherThanTexts('acr()', values);
  return { acr: values };
}

/** Requires an authentication at most this many seconds ago (`auth_time`, RFC 9470). */
export const maxAge = taking(1, 'maxAge()', SEVERAL, (seconds: number): Requirement => {
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new TypeError(
      `maxAge() takes a whole number of seconds, such as \`maxAge(300)\`, and got ${kindOf(seconds)}`,
    );
  }
  return { max_age: seconds };
});

const DETAIL_NAMES: Record<keyof AuthorizationDetails, true> = {
  type: true,
  locations: true,
  actions: true,
  datatypes: true,
  privileges: true,
  identifier: true,
  members: true,
};

/** Requires authorization details (RFC 9396): `authorizationDetails({ type: 'payment', actions: ['initiate'] })`. */
export const authorizationDetails = taking(
  1,
  'authorizationDetails()',
  SEVERAL,
  (details: AuthorizationDetails): Requirement => {
    checkNames('authorizationDetails()', details, Object.keys(DETAIL_NAMES));
    checkDefined('authorizationDetails()', details);
    checkDefined("authorizationDetails(): 'members'", details.members ?? {});
    return { authorization_details: details };
  },
);

/** Requires nothing beyond a valid token: for an operation. */
export const ANY_TOKEN = Symbol('any token');

/** An operation that is known by the method or the path of its request, or both, and what it requires. The path is the
 * one that clients send: percent-encoded, without the query. */
export const operation = taking(
  2,
  'operation()',
  SEVERAL,
  (known: { method?: string; path?: string }, requirement: Requirement | typeof ANY_TOKEN): Operation => {
    checkNames('operation()', known, ['method', 'path']);
    checkDefined('operation()', known);
    return requiring('operation()', known, requirement);
  },
);

/** Operations of the Model Context Protocol (revision 2026-07-28), known by the headers of a request. */
export const mcp = {
  /** The call of this tool. */
  tool: ofMcp('mcp.tool()', 'tools/call'),
  /** The reading of this prompt. */
  prompt: ofMcp('mcp.prompt()', 'prompts/get'),
  /** The reading of the resource of this URI. */
  resource: ofMcp('mcp.resource()', 'resources/read'),
  /** Each request of this JSON-RPC method, such as `tools/list`, with any parameters. */
  method: taking(
    2,
    'mcp.method()',
    SEVERAL,
    (method: string, requirement: Requirement | typeof ANY_TOKEN): Operation => {
      checkDefined('mcp.method()', { method });
      return requiring('mcp.method()', { mcp_method: method }, requirement);
    },
  ),
} as const;

function ofMcp(what: string, method: string) {
  return taking(2, what, SEVERAL, (name: string, requirement: Requirement | typeof ANY_TOKEN): Operation => {
    // Left out, it would be each call of any tool.
    checkDefined(what, { name });
    return requiring(what, { mcp_method: method, mcp_name: name }, requirement);
  });
}

function requiring(what: string, known: Operation, requirement: Requirement | typeof ANY_TOKEN): Operation {
  if (requirement === ANY_TOKEN) return { ...known, any_token: true };
  if (typeof requirement !== 'object' || requirement === null) {
    throw new TypeError(`${what} needs what the operation requires, or ANY_TOKEN`);
  }
  return { ...known, requires: requirement };
}

/** Throws at a list where its elements belong. */
function refuseList(what: string, given: readonly unknown[]): void {
  if (!given.some(Array.isArray)) return;
  const spread = what.replace('()', '(...list)');
  throw new TypeError(`${what} takes each as an argument of its own, and got a list: write \`${spread}\``);
}

/** Throws at what is no text. What is `undefined` is an error where the requirement is given. */
function refuseOtherThanTexts(what: string, given: readonly unknown[]): void {
  refuseList(what, given);
  const other = given.find((one) => typeof one !== 'string' && one !== undefined);
  if (other !== undefined) throw new TypeError(`${what} takes texts, and got ${kindOf(other)}`);
}

function refuseOtherThanRole(what: string, name: unknown): void {
  if (typeof name === 'string' || name === undefined) return;
  const several = what.replace('()', "('…')");
  throw new TypeError(
    `${what} takes the name of one role, and got ${kindOf(name)}: write \`or(${several}, ${several})\` where one of several is enough`,
  );
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** Throws at a member that is `undefined`: without it less would be required than was meant. */
function checkDefined(what: string, members: object): void {
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null) throw new TypeError(`${what}: '${name}' is ${value}`);
  }
}

/** Requires of each request what the operation requires that it is. A request that matches no operation is refused. */
export function operations(...list: Operation[]): Requirement {
  refuseList('operations()', list);
  return { operations: list };
}

/** Requires all of these. */
export function and(...parts: Requirement[]): Requirement {
  refuseList('and()', parts);
  return { and: parts };
}

/** Requires at least one of these. */
export function or(...parts: Requirement[]): Requirement {
  refuseList('or()', parts);
  return { or: parts };
}

/** Requires the opposite. What cannot be told, such as a role in a claim of a wrong type, cannot be told in its negation
 * either, and is refused. */
export const not = taking(
  1,
  'not()',
  'write `not(or(…))` or `not(and(…))` around several requirements',
  (part: Requirement): Requirement => {
    return { not: part };
  },
);
