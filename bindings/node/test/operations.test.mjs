// Requirements operation by operation, authorization details, and scopes that include others.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ANY_TOKEN,
  authorizationDetails,
  checkMcpBody,
  mcp,
  not,
  operation,
  operations,
  or,
  protect,
  Refusal,
  scopes,
} from 'bearward';
import { auth, errorHandler, requiredScopes, scopeIncludesAny } from 'bearward/express';
import { serve } from './app.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

describe('requirements of operations', () => {
  let issuer;
  before(async () => {
    issuer = await startIssuer();
  });
  after(() => issuer.close());

  const options = (more = {}) => ({ issuer: issuer.issuer, audience: AUDIENCE, ...more });

  /** Asks with a token of these claims; gives `undefined` where it passes, else the code and the challenge. */
  async function ask(api, claims, request) {
    const token = await issuer.token({ claims });
    const headers = { authorization: `Bearer ${token}`, ...request.headers };
    try {
      await api.check({ method: 'POST', url: '/mcp', ...request, headers });
      return undefined;
    } catch (error) {
      assert.ok(error instanceof Refusal, error);
      return [error.status, error.code, error.headers['WWW-Authenticate']];
    }
  }

  const call = (method, name) => ({
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': name }),
    },
  });
  const tools = () =>
    operations(
      mcp.tool('read_file', scopes('files:read')),
      mcp.tool('delete_file', scopes('files:write', 'files:read')),
      mcp.prompt('summary', scopes('prompts')),
      mcp.resource('file:///a', scopes('files:read')),
      mcp.method('tools/list', ANY_TOKEN),
      operation({ method: 'DELETE' }, scopes('sessions')),
    );

  it('are those of the tool that the headers name', async () => {
    const api = protect(options({ requirement: tools() }));
    const read = { scope: 'files:read' };
    assert.equal(await ask(api, read, call('tools/call', 'read_file')), undefined);
    assert.equal(await ask(api, read, call('tools/call', '=?base64?cmVhZF9maWxl?=')), undefined);
    assert.equal(await ask(api, read, call('resources/read', 'file:///a')), undefined);
    assert.equal(await ask(api, {}, call('tools/list')), undefined);
    assert.equal(await ask(api, { scope: 'sessions' }, { method: 'DELETE' }), undefined);
    const [status, code, challenge] = await ask(api, read, call('tools/call', 'delete_file'));
    assert.deepEqual([status, code], [403, 'insufficient_scope']);
    assert.match(challenge, /scope="files:write files:read"/);
  });

  it('refuse what is not listed and what cannot be read', async () => {
    const all = { scope: 'files:read files:write prompts sessions' };
    for (const requirement of [tools(), not(tools())]) {
      const api = protect(options({ requirement }));
      for (const request of [call('tools/call', 'other'), call('resources/list'), { method: 'GET' }]) {
        assert.equal((await ask(api, all, request))[0], 403, JSON.stringify(request));
      }
      for (const headers of [
        {},
        { ...call('tools/call', 'read_file').headers, 'mcp-protocol-version': '2025-11-25' },
        { ...call('tools/call', '=?base64?!?=').headers },
        call('tools/call').headers,
      ]) {
        const [status, code] = await ask(api, all, { headers });
        assert.deepEqual([status, code], [400, 'operation_malformed'], JSON.stringify(headers));
      }
      const rawHeaders = ['Mcp-Name', 'read_file', 'Mcp-Name', 'delete_file'];
      assert.equal((await ask(api, all, { ...call('tools/call', 'read_file'), rawHeaders }))[0], 400);
    }
  });

  it('tell a client without a token the scopes of its operation', async () => {
    const api = protect(options({ requirement: tools() }));
    for (const [request, expected] of [
      [call('tools/call', 'delete_file'), 'Bearer realm="api", scope="files:write files:read", DPoP '],
      [call('tools/list'), 'Bearer realm="api", DPoP '],
    ]) {
      const refused = await api.check({ method: 'POST', url: '/mcp', ...request }).catch((error) => error);
      assert.ok(refused.headers['WWW-Authenticate'].startsWith(expected), refused.headers['WWW-Authenticate']);
    }
  });

  it('compare the whole path as the client sent it', async () => {
    const requirement = operations(operation({ method: 'GET', path: '/api/files' }, scopes('read')));
    const api = protect(options({ requirement }));
    const get = (url, more) => ask(api, { scope: 'read' }, { method: 'GET', url, ...more });
    assert.equal(await get('/api/files?x=1'), undefined);
    assert.equal(await get('/files', { originalUrl: '/api/files' }), undefined);
    assert.equal(await get('http://api.example.com/api/files'), undefined);
    for (const url of ['/api/files/', '/API/files', '/api/%66iles', '/api//files', '/x/../api/files', '', '*']) {
      assert.equal((await get(url))[1], 'operation_unknown', url);
    }
    assert.notEqual(await get('/api/files', { originalUrl: '/other/api/files' }), undefined);
  });

  it('are mistakes where they are written so that they would require nothing', () => {
    const absent = undefined;
    for (const wrong of [
      () => mcp.tool('x'),
      () => mcp.tool('x', absent),
      () => mcp.tool(absent, ANY_TOKEN),
      () => mcp.method(absent, ANY_TOKEN),
      () => mcp.method('x', 'files:read'),
      () => operation({ method: absent }, ANY_TOKEN),
      () => operation({ methods: 'GET' }, ANY_TOKEN),
      () => protect(options({ requirement: operations() })),
      () => protect(options({ requirement: operations(absent) })),
      () => protect(options({ requirement: operations(operation({}, ANY_TOKEN)) })),
      () => protect(options({ requirement: { operations: [{ method: 'GET' }] } })),
      () => protect(options({ requirement: { operations: [{ method: 'GET', requires: absent }] } })),
    ]) {
      assert.throws(wrong, undefined, wrong.toString());
    }
  });

  it('are held against the body where it is at hand', () => {
    const request = { method: 'POST', url: '/mcp', ...call('tools/call', 'read_file') };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'read_file' } };
    checkMcpBody(request, body);
    checkMcpBody(request, JSON.stringify(body));
    for (const other of [
      { ...body, params: { name: 'delete_file' } },
      { ...body, method: 'tools/list' },
      [body],
      {},
      null,
      'read_file',
    ]) {
      const refused = (error) => error.status === 400 && error.reason === 'operation_malformed';
      assert.throws(() => checkMcpBody(request, other), refused, JSON.stringify(other));
    }
    assert.throws(() => checkMcpBody(request, undefined), TypeError);
    assert.throws(() => checkMcpBody({ ...request, headers: {} }, body));
  });

  it('look at authorization details', async () => {
    const wanted = { type: 'payment', actions: ['initiate'], identifier: 'a', members: { currency: 'EUR' } };
    const api = protect(options({ requirement: authorizationDetails(wanted) }));
    const given = (...details) => ask(api, { authorization_details: details }, {});
    const good = { type: 'payment', actions: ['status', 'initiate'], identifier: 'a', currency: 'EUR' };
    assert.equal(await given({ type: 'other' }, good), undefined);
    const lacking = await given({ ...good, actions: ['status'] }, { ...good, currency: 'USD' });
    assert.deepEqual(lacking.slice(0, 2), [403, 'authorization_details_missing']);
    assert.match(lacking[2], /error_description="the access token lacks required authorization details"/);
    const malformed = await given(good, { type: 'other', actions: 'all' });
    assert.deepEqual(malformed.slice(0, 2), [401, 'claim_malformed']);
    const lenient = protect(options({ requirement: or(scopes('a'), authorizationDetails(wanted)) }));
    assert.equal(await ask(lenient, { scope: 'a', authorization_details: [good] }, {}), undefined);
    assert.equal((await ask(lenient, { scope: 'a', authorization_details: good }, {}))[0], 401);
    const absent = undefined;
    for (const wrong of [
      () => authorizationDetails({ ...wanted, identifier: absent }),
      () => authorizationDetails({ ...wanted, members: { currency: absent } }),
      () => authorizationDetails({ ...wanted, action: ['initiate'] }),
      () => protect(options({ requirement: authorizationDetails({ type: 'x', actions: [] }) })),
      () => protect(options({ requirement: { authorization_details: { type: 'x', identifier: absent } } })),
    ]) {
      assert.throws(wrong, undefined, wrong.toString());
    }
  });

  it('honour scopes that include others, those of the original package too', async () => {
    const implies = { admin: ['write'], write: ['read'] };
    const api = auth(options({ implies }));
    const app = await serve((express) => {
      express.get('/require', api.require(scopes('read')), (req, res) => res.json(req.auth.scopes));
      express.get('/not', api.require(not(scopes('read'))), (_req, res) => res.json([]));
      express.get('/scopes', api, requiredScopes('read write'), (req, res) => res.json(req.auth.scopes));
      express.get('/any', api, scopeIncludesAny('x read'), (req, res) => res.json(req.auth.scopes));
      express.use(errorHandler());
    });
    try {
      for (const [path, scope, status] of [
        ['/require', 'admin', 200],
        ['/require', 'other', 403],
        ['/not', 'write', 403],
        ['/not', 'other', 200],
        ['/scopes', 'admin', 200],
        ['/scopes', 'write', 200],
        ['/scopes', 'read', 403],
        ['/any', 'write', 200],
        ['/any', 'other', 403],
      ]) {
        const token = await issuer.token({ claims: { scope } });
        const answer = await app.send(path, { token });
        assert.equal(answer.status, status, `${path} ${scope}`);
        if (status === 200 && path !== '/not') assert.deepEqual(answer.json, [scope]);
      }
    } finally {
      await app.close();
    }
    for (const wrong of [{ a: ['a'] }, { a: 'b' }, { a: [] }, ['a'], 'a', { a: ['b'], b: ['a'] }]) {
      assert.throws(() => auth(options({ implies: wrong })), /implies/, JSON.stringify(wrong));
    }
  });

  it('never ask for a refresh token', () => {
    assert.throws(() => protect(options({ requirement: scopes('read', 'offline_access') })), /offline_access/);
    const resource = { identifier: 'https://api.example.com', scopes: ['offline_access'] };
    assert.throws(() => protect(options({ resource })), /offline_access/);
  });
});
