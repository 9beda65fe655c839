// What needs no framework: the decision about a request, and requirements as data. The middlewares are in
// `bearward/express` and `bearward/express-oauth-jwt`.

export type { ResourceDocument } from './native/addon';
export type { AuthOptions } from './options/options';
export type { AuthInfo, RequestAuth } from './protect/auth-result';
export { type Granted, type Protection, protect, type Verdict } from './protect/protect';
export type { ProtectedRequest } from './request/request';
export type { DecisionEvent, FetchEvent, IntrospectionEvent, Observe, ObservedEvent } from './engine/observer';
export type { Health, Operated, Status } from './protect/health';
export { type IssuerNotReady, NotReadyError } from './protect/readiness';
export type { Form } from './request/request';
export { checkMcpBody } from './request/mcp-body';
export { Refusal } from './refusal/refusal';
export * from './requirement';
export {
  type ReplayStore,
  type Revocation,
  type RevocationEntry,
  RevocationList,
  type RevocationStore,
  revocationKey,
} from './stores';
