// How applications use the types of `express-oauth2-jwt-bearer`. The test compiles this against the original and against
// Bearward.

import express, {
  type ErrorRequestHandler,
  type Handler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import {
  auth,
  claimCheck,
  claimEquals,
  claimIncludes,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  requiredScopes,
  scopeIncludesAny,
  UnauthorizedError,
  type AsymmetricIssuerConfig,
  type AuthOptions,
  type AuthResult,
  type ClientCertificate,
  type DPoPOptions,
  type FunctionValidator,
  type GetCertificate,
  type IssuerConfig,
  type IssuerResolverContext,
  type IssuerResolverFunction,
  type IssuerResolverResult,
  type JSONPrimitive,
  type JWTHeader,
  type JWTPayload,
  type MCDOptions,
  type MtlsOptions,
  type PublicKeyInput,
  type RequestContext,
  type SymmetricIssuerConfig,
  type Validator,
  type Validators,
} from 'express-oauth2-jwt-bearer';

// Options, kept in a variable of their type and put together from parts.
const dpop: DPoPOptions = { enabled: true, required: false, iatOffset: 300, iatLeeway: 30 };
const mtls: MtlsOptions = { enabled: true, required: false };
const certificateOf: GetCertificate = (req: Request): ClientCertificate | undefined => req.get('x-client-cert');
const notBob: FunctionValidator = async (value, claims, header) =>
  value !== 'bob' && claims.sub !== '' && header.alg === 'RS256';
const validator: Validator = false;
const validators: Partial<Validators> = { sub: notBob, jti: validator, tenant: 'a' };
const key: PublicKeyInput = { keys: [{ kty: 'RSA', n: 'x', e: 'AQAB', kid: 'k', alg: 'RS256', use: 'sig' }] };
const base: AuthOptions = {
  audience: ['a', 'b'],
  issuerBaseURL: process.env['ISSUER_BASE_URL'] ?? '',
  tokenSigningAlg: 'RS256',
};
const options: AuthOptions = {
  ...base,
  authRequired: false,
  strict: true,
  clockTolerance: 5,
  maxTokenAge: 3600,
  cooldownDuration: 30_000,
  timeoutDuration: 5000,
  cacheMaxAge: 600_000,
  cache: { discovery: { maxEntries: 100, ttl: 600_000 }, jwks: { maxEntries: 100, ttl: 600_000 } },
  dpop,
  mtls,
  getCertificate: certificateOf,
  validators,
};
const several: IssuerConfig[] = [
  { issuer: 'https://a.example', alg: 'RS256', jwksUri: 'https://a.example/jwks' } satisfies AsymmetricIssuerConfig,
  { issuer: 'https://b.example', alg: 'HS256', secret: 'x' } satisfies SymmetricIssuerConfig,
  { issuer: 'https://c.example', publicKey: key },
];
const resolver: IssuerResolverFunction = async ({
  url,
  headers,
}: IssuerResolverContext): Promise<IssuerResolverResult> =>
  url.hostname === 'a.example' && headers['x-tenant'] ? ['https://a.example'] : several;
const mcd: MCDOptions = { issuers: resolver };
const contextOf = (req: Request): RequestContext => ({ url: req.url, headers: req.headers });

// Mounted, with each helper.
const app = express();
const api: Handler = auth(options);
const list: RequestHandler[] = [auth({ audience: 'a', mcd }), requiredScopes('read:data write:data')];
const expected: JSONPrimitive = 'admin';
app.use('/api', api, ...list);
app.get(
  '/a',
  auth(),
  scopeIncludesAny(['a', 'b']),
  claimEquals('role', expected),
  claimIncludes('roles', 'a', 1, true, null),
  handler,
);
app.get(
  '/b',
  claimCheck((claims) => claims.sub === 'alice' && (claims['tier'] as number) > 1, 'no'),
  handler,
);

function handler(req: Request, res: Response): void {
  const token: string | undefined = req.auth?.token;
  const payload: JWTPayload | undefined = req.auth?.payload;
  const header: JWTHeader | undefined = req.auth?.header;
  const roles = req.auth?.payload['https://example.com/roles'] as string[] | undefined;
  const chain: string[] | undefined = header?.x5c;
  const critical: string[] | undefined = header?.crit;
  const { b64, jku, x5u, x5t, cty, typ, kid, jwk } = header ?? {};
  const audience: string | string[] | undefined = payload?.aud;
  const expires: number | undefined = payload?.exp;
  res.json({ token, roles, chain, critical, audience, expires, b64, jku, x5u, x5t, cty, typ, kid, kty: jwk?.kty });
}

// Passed on, as a type of the application's and as a variable.
type Authenticated = Request & { auth: AuthResult };
const isAuthenticated = (req: Request): req is Authenticated => req.auth !== undefined;
const subjectOf = ({ payload }: AuthResult): string => payload.sub ?? '';
const authOf = (req: Request): AuthResult | undefined => req.auth;
app.get('/c', (req, res) => {
  if (isAuthenticated(req)) res.json({ subject: subjectOf(req.auth), also: authOf(req)?.token });
});

// Mocked in tests.
const result: AuthResult = {
  header: { alg: 'RS256', crit: ['b64'], x5c: ['MII'] },
  payload: { sub: 'alice', scope: 'read' },
  token: 'x',
};
const mock: RequestHandler = (req, _res, next) => {
  req.auth = { header: {}, payload: { sub: 'alice' }, token: 'x' };
  req.auth = result;
  next();
};
app.use(mock);

// Called by hand: in a guard, and in a handler of a serverless platform.
export async function guard(req: Request, res: Response): Promise<boolean> {
  await new Promise<void>((resolve, reject) => api(req, res, (error?: unknown) => (error ? reject(error) : resolve())));
  await auth(options)(req, res, (error?: unknown) => {
    if (error) throw error;
  });
  return req.auth !== undefined;
}

// Errors.
const onError: ErrorRequestHandler = (error: unknown, _req: Request, res: Response, next: NextFunction) => {
  if (
    error instanceof InvalidTokenError ||
    error instanceof InsufficientScopeError ||
    error instanceof InvalidRequestError
  ) {
    const code: string = error.code;
    res.status(error.statusCode).set(error.headers).json({ code, message: error.message });
  } else if (error instanceof UnauthorizedError) {
    res.status(error.status).set('WWW-Authenticate', error.headers['WWW-Authenticate']).end();
  } else {
    next(error);
  }
};
app.use(onError);
export const made = [
  new UnauthorizedError('x'),
  new InvalidRequestError('x', false),
  new InvalidTokenError(),
  new InsufficientScopeError(['a'], 'x'),
];
export { contextOf };
