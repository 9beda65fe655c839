// The kinds of middlewares, and the shapes of call that each is tried with.

import { createRequire } from 'node:module';
import { createRemoteJWKSet } from 'jose';
import * as bearward from 'bearward/express';
import * as bearwardOauthJwt from 'bearward/express-oauth-jwt';
import { ANSWERS_ITSELF, AT_ONCE, TELLS_ERRORS, WITHOUT_NEXT } from './shapes.mjs';

const require = createRequire(import.meta.url);

/** By name: `make` builds the middleware of a library, `outcome` is what it leaves on the request, `originals` have it
 * as well, and `before` builds the one that must come first. */
export function kindsFor({ issuer, audience, jwksUri }) {
  const options = { issuerBaseURL: issuer, audience, dpop: { enabled: false } };
  const secured = { issuer, audience };
  const keys = () => createRemoteJWKSet(new URL(jwksUri));
  const authOf = (library) => () => library.auth(options);

  /** Factories of checks, of Bearward and of the original, with the shapes in which each is called. */
  const authShapes = { ...TELLS_ERRORS, ...prefixed('without next: ', WITHOUT_NEXT) };
  const checkShapes = { ...authShapes, ...prefixed('at once: ', AT_ONCE) };
  return {
    'auth()': {
      make: authOf,
      shapes: authShapes,
      outcome: (req) => req.auth,
      originals: ['express-oauth2-jwt-bearer'],
    },
    'auth().require()': {
      make: (library) => () => library.auth(options).require(library.scopes('read')),
      shapes: authShapes,
      outcome: (req) => req.auth,
      originals: [],
    },
    ...Object.fromEntries(
      Object.entries({
        'requiredScopes()': (library) => () => library.requiredScopes('read'),
        'scopeIncludesAny()': (library) => () => library.scopeIncludesAny('read'),
        'claimEquals()': (library) => () => library.claimEquals('role', 'admin'),
        'claimIncludes()': (library) => () => library.claimIncludes('roles', 'admin'),
        'claimCheck()': (library) => () => library.claimCheck(({ role }) => role === 'admin'),
      }).map(([name, make]) => [name, behindAuth(authOf, make, checkShapes, ['express-oauth2-jwt-bearer'])]),
    ),
    ...Object.fromEntries(
      Object.entries({
        'claimCheck(), asynchronous': (library) => () => library.claimCheck(async ({ role }) => role === 'admin'),
        'authorize()': (library) => () => library.authorize(library.scopes('read')),
        'requireRoles()': (library) => () => library.requireRoles('admin'),
      }).map(([name, make]) => [name, behindAuth(authOf, make, authShapes, [])]),
    ),
    'secure()': {
      make: (library, name) => () =>
        library.secure(keys(), name === 'bearward' ? { ...secured, scope: ['read'] } : { scope: ['read'] }),
      shapes: { ...ANSWERS_ITSELF, ...prefixed('without next: ', WITHOUT_NEXT) },
      outcome: (req) => req.claims,
      originals: ['express-oauth-jwt'],
    },
    'secure() of a key service': {
      make: (library) => () => library.secure(library.getSimpleJwksService(jwksUri), { ...secured, scope: ['read'] }),
      shapes: { ...ANSWERS_ITSELF, ...prefixed('without next: ', WITHOUT_NEXT) },
      outcome: (req) => req.claims,
      originals: [],
    },
  };
}

/** What these look at is not on the request that they refuse: `req.auth` is that of the `auth()` before them. */
function behindAuth(before, make, shapes, originals) {
  const own = Object.entries(shapes).filter(([name]) => !name.includes('look at the outcome'));
  return { make, shapes: Object.fromEntries(own), outcome: () => undefined, originals, before };
}

function prefixed(prefix, shapes) {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));
}

export const libraryOf = (kind, name) => {
  if (name !== 'bearward') return require(name);
  return kind.startsWith('secure') ? bearwardOauthJwt : bearward;
};
