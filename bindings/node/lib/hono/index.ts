// The middleware for applications that `require` Hono.

import { type Auth, authWith, type ExceptionClass } from './middleware';

const { HTTPException } = require('hono/http-exception') as { HTTPException: ExceptionClass };

export const auth: Auth = authWith(HTTPException);

export type { ResourceDocument } from '../native/addon';
export type { AuthInfo, RequestAuth } from '../protect/auth-result';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
export type { Auth, AuthMiddleware, HonoOptions } from './middleware';
