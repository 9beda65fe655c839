// Requests of fetch, and Hono.

import { createServer, type IncomingMessage } from 'node:http';
import { Hono } from 'hono';
import { type Admitted, protect, type Requirement as FetchRequirement } from 'bearward/fetch';
import { auth, type AuthMiddleware, scopes } from 'bearward/hono';
import { type AuthInfo, protect as protectMcp } from 'bearward/mcp';
import { protect as protectNode } from 'bearward/node';

const api = protect({ issuer: 'https://issuer.example', audience: 'api', trustProxy: (request) => request.url === '' });
const result = await api(new Request('https://api.example.com/'));
// @ts-expect-error the response of a refusal has no token
result.token;
if (result instanceof Response) result.status satisfies number;
else result.token.scopes satisfies string[];
// @ts-expect-error it is awaited first
api(new Request('https://api.example.com/')).token;
(await api.check(new Request('https://api.example.com/'))).token.payload satisfies object;
const optional = await protect({ audience: 'api', authRequired: false }).check(new Request('https://api.example.com/'));
optional satisfies Admitted<typeof optional.token>;
// @ts-expect-error without a token there is no subject
optional.token.info.sub;

/** The shape of a route handler of Next.js, whose requests are a class of their own. */
class NextRequest extends Request {
  readonly nextUrl = new URL('https://api.example.com/');
}
type RouteHandler = (
  request: NextRequest,
  context: { params: Promise<{ id: string }> },
) => Response | Promise<Response>;
const byPath: FetchRequirement = { scope: 'read' };
export const GET: RouteHandler = api
  .require(byPath)
  .handler(async (request: NextRequest, token, { params }: { params: Promise<{ id: string }> }) =>
    Response.json([request.nextUrl.href, token.info.sub, (await params).id]),
  );
export default { fetch: api.handler((request, token) => new Response(`${request.url} ${token.scopes}`)) };
// @ts-expect-error a handler answers
api.handler(() => {});

const app = new Hono();
const middleware: AuthMiddleware = auth({ audience: 'api', trustProxy: (c) => c.env === undefined });
app.use('/api/*', middleware);
app.get('/exact', middleware.require(scopes('a')), (c) => c.json([c.get('auth').scopes, c.var.auth.payload]));
// @ts-expect-error nothing says here that a middleware is in front
app.get('/somewhere', (c) => c.json(c.get('auth').scopes));
app.get('/optional', auth({ audience: 'api', authRequired: false }), (c) => c.json(c.get('auth')?.scopes ?? null));
// @ts-expect-error the call is missing: an auth() is no middleware
app.use(auth);

// Connections of node:http.
const sockets = protectNode({
  audience: 'api',
  recheck: 30,
  trustProxy: (request) => request.socket.remoteAddress === '::1',
});
createServer(
  sockets.require(scopes('a')).handler((request, response, { info }) => response.end(request.url ?? info.sub)),
);
// @ts-expect-error an upgrade needs a server of ws
sockets.upgrade(createServer());
const watched = await sockets.watch({} as IncomingMessage, (refusal) => refusal.code satisfies string);
watched.auth.scopes satisfies string[];
watched.end();
sockets.socketIO satisfies (socket: object, next: (error?: Error) => void) => Promise<void>;

// Servers of MCP.
const mcp = protectMcp({ issuer: 'https://issuer.example', resource: 'https://notes.example.com/mcp' });
mcp.requireAuth({ scopes: ['a'] }) satisfies (req: object, res: object, next: () => void) => Promise<void>;
(await mcp.verifier({ InvalidTokenError: Error, ServerError: Error }).verifyAccessToken('a')).resource satisfies
  | URL
  | undefined;
(await mcp.check({} as IncomingMessage)) satisfies AuthInfo;
// @ts-expect-error tokens are for a resource
protectMcp({ issuer: 'https://issuer.example', audience: 'api' });
// @ts-expect-error a token is always required
protectMcp({ resource: 'https://notes.example.com/mcp', authRequired: false });
