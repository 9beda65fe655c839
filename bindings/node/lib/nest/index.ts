// NestJS: a module that protects every route, and decorators that say what each requires.

export type { AuthOptions } from '../options/options';
export type { AuthInfo, RequestAuth } from '../protect/auth-result';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
export {
  type ReplayStore,
  type Revocation,
  type RevocationEntry,
  RevocationList,
  type RevocationStore,
  revocationKey,
} from '../stores';
export { OptionalAuth, Public, Requires, type RouteDecorator, Scopes, Token } from './decorators';
export { ProtectedGateway } from './gateway';
export { BearwardGuard } from './guard';
export { type BearwardAsyncOptions, BearwardModule, type BearwardOptionsFactory } from './module';
export type { BearwardOptions } from './protections';
