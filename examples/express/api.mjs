// The demo API: what any API of one's own would look like. `cargo run -- demo` serves the same one in Rust.

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
import { auth, errorHandler } from 'bearward/express';
import express from 'express';
import { page } from './page.mjs';

/** Well above the largest token that counts (16 KiB), so that a larger one is refused by name and not by Node.js
 * as a header. */
export const MOST_HEADER_BYTES = 64 * 1024;

/** The address that the proxy in front would connect from: whoever runs curl on this machine plays it. The rest of
 * the loopback network is anybody's. */
const PROXY = '127.0.0.1';

/** How long an authentication is recent enough for what matters most, in seconds. */
const FIVE_MINUTES = 300;

/** One payment of an account, as an authorization server grants it (RFC 9396). */
const PAYMENT = authorizationDetails({
  type: 'payment_initiation',
  actions: ['initiate'],
  locations: ['https://api.example.com/payments'],
  members: { currency: 'EUR' },
});

const YEARLY = '/api/reports/yearly';

/** Reports by their path: some need more than others. */
const REPORTS = operations(
  operation({ method: 'GET', path: YEARLY }, scopes('reports:read')),
  operation({ method: 'HEAD', path: YEARLY }, ANY_TOKEN),
  operation({ method: 'GET', path: '/api/reports/salaries' }, scopes('reports:read', 'reports:salaries')),
);

/** The tools of an MCP server, by the headers of a request (revision 2026-07-28). */
const TOOLS = operations(
  mcp.tool('read_file', scopes('files:read')),
  mcp.tool('delete_file', scopes('files:write', 'files:delete')),
  mcp.resource('file:///Grüße', scopes('files:read')),
  mcp.method('tools/list', ANY_TOKEN),
);

/** The API for tokens of `issuer` that are meant for `audience`. Throws when one of them cannot work. With a client of
 * the API's own, `{ clientId, clientSecret }`, the issuer is asked about opaque tokens. */
export function api({ issuer, audience, client }) {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // One path for each thing: a proxy in front that has rules of its own must mean the same by it.
  app.enable('strict routing');
  app.enable('case sensitive routing');

  // What the proxy is believed: the URL in `X-Forwarded-Proto` and `X-Forwarded-Host`, which a DPoP proof must name,
  // and the client's certificate in `Client-Cert` (RFC 9440), which a token may be bound to. Nothing else is read.
  app.set('trust proxy', PROXY);
  const token = auth({
    issuer,
    audience,
    // A client that may write files may read them.
    implies: { 'files:admin': ['files:write'], 'files:write': ['files:read'] },
    proxyHeaders: { host: 'x-forwarded-host', proto: 'x-forwarded-proto' },
    clientCertificateHeader: { kind: 'client-cert' },
    ...(client && { introspection: client }),
  });
  const messages = token.require(scopes('read:messages'));
  const readAndWrite = token.require(scopes('api:read', 'api:write'));
  const profile = token.require(scopes('openid', 'profile'));
  const admin = token.require(claim('role', { equals: 'admin' }));
  const stepUp = token.require(and(acr('mfa'), maxAge(FIVE_MINUTES)));
  const dataOfOrganization = token.require(and(organization({ fromPath: 'org' }), scopes('read:data')));
  // These tokens are made for the organization, not for this API.
  const memberOfOrganization = token.require(
    and(organization({ fromPath: 'org', audience: LOGTO_ORGANIZATION_AUDIENCE }), scopes('read:member')),
  );

  app.get('/', page({ issuer, audience }));
  app.get('/api/public', (_req, res) => {
    res.json({ message: 'Anyone may read this.' });
  });
  app.get('/api/private', token, (req, res) => {
    res.json({ message: 'Only a valid token lets you read this.', subject: req.auth.info.sub ?? null });
  });
  app.get('/api/private-scoped', messages, (req, res) => {
    res.json({ message: 'Only the scope read:messages lets you read this.', scopes: req.auth.info.scopes });
  });
  app.get(['/api/protected', '/api/protected/detailed'], readAndWrite, info);
  app.get('/secured/token', token, (req, res) => {
    res.json({ issuer: req.auth.payload.iss, message: 'A valid token.' });
  });
  app.get('/secured/scope', profile, (req, res) => {
    res.json({ message: 'The scopes openid and profile.', scopes: req.auth.info.scopes });
  });
  app.get('/secured/claim', admin, (req, res) => {
    res.json({ message: 'The claim role, with the value admin.', role: req.auth.payload.role });
  });
  app.get('/api/step-up', stepUp, (req, res) => {
    const { acr } = req.auth.payload;
    res.json({ acr, message: 'Only a subject with a fresh second factor reads this.' });
  });
  app.get('/api/organizations/:org/members', memberOfOrganization, (req, res) => {
    const { org } = req.params;
    res.json({ members: ['ada', 'grace', 'hedy'], organization: org, readBy: req.auth.info.sub ?? null });
  });
  app.get('/api/organizations/:org/data', dataOfOrganization, (req, res) => {
    const { org } = req.params;
    res.json({ data: [3, 1, 4, 1, 5], organization: org, readBy: req.auth.info.sub ?? null });
  });

  app.get('/api/files', token.require(scopes('files:read')), info);
  app.get('/api/payments', token.require(PAYMENT), info);
  // What is required depends on the method, so a request of any method is looked at.
  const reports = token.require(REPORTS);
  app.route('/api/reports/:name').get(reports, info).all(reports, methodNotAllowed);
  const tools = token.require(TOOLS);
  app.route('/mcp').post(tools, info).all(tools, methodNotAllowed);

  // Whoever may not read may not find out by which methods either.
  app.all(PROTECTED, token, methodNotAllowed);
  app.all(OPEN, methodNotAllowed);
  app.use((_req, res) => {
    res.status(404).json({ error: 'not_found', error_description: 'GET / lists what is here' });
  });
  app.use(noteReason, errorHandler({ words: 'core' }), answerOther);
  return app;
}

const PROTECTED = [
  '/api/private',
  '/api/private-scoped',
  '/api/protected',
  '/api/protected/detailed',
  '/secured/token',
  '/secured/scope',
  '/secured/claim',
  '/api/step-up',
  '/api/organizations/:org/data',
  '/api/files',
  '/api/payments',
];
const OPEN = ['/', '/api/public', '/api/organizations/:org/members'];

function info(req, res) {
  res.json({ auth: req.auth.info });
}

function methodNotAllowed(_req, res) {
  res.status(405).set('Allow', 'GET,HEAD').end();
}

/** For whoever logs. */
function noteReason(error, _req, res, next) {
  res.locals.reason = error.reason;
  next(error);
}

/** What Express itself refuses, such as a path that is not percent-encoded rightly, and what broke. */
function answerOther(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const { status = 500 } = error;
  if (status >= 500) console.error(error);
  return status < 500
    ? res.status(status).json({ error: 'invalid_request', error_description: 'the request is malformed' })
    : res.status(500).json({ error: 'server_error', error_description: 'this resource is not set up correctly' });
}
