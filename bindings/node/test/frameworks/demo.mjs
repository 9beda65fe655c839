// The routes of the demo API, which the conformance suite asks of each adapter. An app of `apps` serves them with its
// framework: it calls each route's `answer` where the adapter has let a request in.

import { once } from 'node:events';
import {
  acr,
  and,
  ANY_TOKEN,
  authorizationDetails,
  claim,
  LOGTO_ORGANIZATION_AUDIENCE,
  maxAge,
  mcp,
  operation,
  operations,
  organization,
  scopes,
} from 'bearward';

const subject = ({ auth }) => ({ subject: auth.info.sub ?? null });
const info = ({ auth }) => ({ auth: auth.info });

const payment = authorizationDetails({
  type: 'payment_initiation',
  actions: ['initiate'],
  locations: ['https://api.example.com/payments'],
  members: { currency: 'EUR' },
});

const YEARLY = '/api/reports/yearly';
const reports = operations(
  operation({ method: 'GET', path: YEARLY }, scopes('reports:read')),
  operation({ method: 'HEAD', path: YEARLY }, ANY_TOKEN),
  operation({ method: 'GET', path: '/api/reports/salaries' }, scopes('reports:read', 'reports:salaries')),
);

const tools = operations(
  mcp.tool('read_file', scopes('files:read')),
  mcp.tool('delete_file', scopes('files:write', 'files:delete')),
  mcp.resource('file:///Grüße', scopes('files:read')),
  mcp.method('tools/list', ANY_TOKEN),
);

/** A route without `protected` is open to everybody; one without `requirement` needs a good token alone. `answer` gets
 * `{ auth, params }`. Without `method` it is served for GET and HEAD; see `serves()`. */
export const ROUTES = [
  { path: '/api/public', answer: () => ({ message: 'Anyone may read this.' }) },
  { path: '/api/private', protected: true, answer: subject },
  { path: '/secured/token', protected: true, answer: subject },
  { path: '/api/private-scoped', protected: true, requirement: scopes('read:messages'), answer: subject },
  { path: '/api/protected', protected: true, requirement: scopes('api:read', 'api:write'), answer: info },
  { path: '/api/protected/detailed', protected: true, requirement: scopes('api:read', 'api:write'), answer: info },
  { path: '/secured/scope', protected: true, requirement: scopes('openid', 'profile'), answer: subject },
  { path: '/secured/claim', protected: true, requirement: claim('role', { equals: 'admin' }), answer: subject },
  { path: '/api/step-up', protected: true, requirement: and(acr('mfa'), maxAge(300)), answer: subject },
  {
    path: '/api/organizations/:org/members',
    protected: true,
    requirement: and(organization({ fromPath: 'org', audience: LOGTO_ORGANIZATION_AUDIENCE }), scopes('read:member')),
    answer: ({ params }) => ({ organization: params.org }),
  },
  {
    path: '/api/organizations/:org/data',
    protected: true,
    requirement: and(organization({ fromPath: 'org' }), scopes('read:data')),
    answer: ({ params }) => ({ organization: params.org }),
  },
  { path: '/api/files', protected: true, requirement: scopes('files:read'), answer: info },
  { path: '/api/payments', protected: true, requirement: payment, answer: info },
  { path: '/api/reports/:name', protected: true, requirement: reports, answer: info },
  { path: '/mcp', method: 'POST', protected: true, requirement: tools, answer: info },
];

/** Whether a route is served for this method. A request of another one is checked all the same, and answered 405. */
export function serves({ method = 'GET' }, asked) {
  return asked === method || (method === 'GET' && asked === 'HEAD');
}

/** The suite must be able to tell failures apart; an app puts their stable code into this header. */
export const FAILURE = 'failure-code';

/** A token that is too large must reach the adapter. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** The one proxy of the suite connects from here. */
export const PROXY = '127.0.0.1';

/** Options of the app under test, for tokens of `issuer`. */
export function options(issuer) {
  return {
    issuer,
    audience: 'https://api.example.com',
    implies: { 'files:admin': ['files:write'], 'files:write': ['files:read'] },
    proxyHeaders: { host: 'x-forwarded-host', proto: 'x-forwarded-proto' },
    clientCertificateHeader: { kind: 'client-cert' },
  };
}

/** What an app gives of its server, when it listens. */
export async function listening(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: server.address().port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
