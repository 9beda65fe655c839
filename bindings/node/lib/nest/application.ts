// Looks at a whole application when it starts: what decorators contradict each other, and where they would be without
// effect. Each mistake that is found here would be an open route, or a requirement that is not checked.

import type { Class, Handler } from './policy';
import { classes, markedMethods, ownMarks, policyOf } from './policy';
import type { Protections } from './protections';
import { isProtectedGateway } from './gateway';

/** What is looked at of Nest's modules. */
export interface Wrapper {
  readonly metatype?: unknown;
  readonly instance?: unknown;
  readonly token?: unknown;
}

export interface Module {
  readonly controllers: ReadonlyMap<unknown, Wrapper>;
  readonly providers: ReadonlyMap<unknown, Wrapper>;
}

// The names under which Nest keeps what its own decorators say; the packages of some need not be installed.
const PATH = 'path';
const GATEWAY = 'websockets:is_gateway';
const WS_MESSAGE = 'websockets:message_mapping';
const RPC_PATTERN = 'microservices:pattern';
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_FIELD = 'graphql:resolve_property';
const RESOLVER_REFERENCE = 'graphql:resolve_reference';
const ROOT_TYPES = ['Query', 'Mutation', 'Subscription'];
const GRAPHQL_OPTIONS = 'GqlModuleOptions';

/** Throws what is wrong with the decorators of an application. Each route that is met is ready for its first request. */
export function checkApplication(modules: Iterable<Module>, protections: Protections): void {
  for (const { controllers, providers } of modules) {
    for (const type of typesOf(controllers)) checkController(type, protections);
    for (const type of typesOf(providers)) checkProvider(type, protections);
  }
}

/** The same for what is known when everything was made. */
export function checkInstances(modules: readonly Module[]): void {
  const wrappers = modules.flatMap(({ providers }) => [...providers.values()]);
  const graphql = wrappers.filter(({ token }) => token === GRAPHQL_OPTIONS);
  const guardsFields = graphql.length > 0 && graphql.every(({ instance }) => enhancersOf(instance).includes('guards'));
  for (const { metatype: type, instance } of wrappers) {
    if (!isClass(type)) continue;
    if (isProtectedGateway(type) && Object.hasOwn(Object(instance), 'afterInit')) {
      throw new TypeError(
        `${type.name}.afterInit must be a method, and no property: @ProtectedGateway() is called by it`,
      );
    }
    if (guardsFields) continue;
    for (const method of methodsOf(type)) {
      if (isField(method) && needsGuard(type, method)) {
        throw new TypeError(
          `${type.name}.${method.name} resolves ${has(RESOLVER_REFERENCE, method) ? 'references of a federation' : 'a field'}, which Nest calls no guard for: give GraphQLModule fieldResolverEnhancers: ['guards']`,
        );
      }
    }
  }
}

function checkController(type: Class, protections: Protections): void {
  checkMarked(type);
  for (const method of methodsOf(type)) {
    if (has(RPC_PATTERN, method) && has(PATH, method)) {
      throw new TypeError(
        `${type.name}.${method.name} is a route and handles messages of a microservice as well: write two methods, for the @Public() of the one would open the other`,
      );
    }
    if (has(RPC_PATTERN, method)) {
      if (policyOf(type, method).access !== 'public') {
        throw new TypeError(
          `${type.name}.${method.name} handles messages of a microservice, which Bearward does not protect: mark it with @Public(), and protect the transport`,
        );
      }
    } else if (has(PATH, method)) {
      protections.ofRoute(type, method);
    } else if (ownMarks(method).length > 0) {
      throw withoutEffect(`${type.name}.${method.name}`, 'it is no route');
    }
  }
}

function checkProvider(type: Class, protections: Protections): void {
  checkMarked(type);
  const isGateway = has(GATEWAY, type);
  if (isGateway && !isProtectedGateway(type) && policyOf(type).access !== 'public') throw unprotected(type);
  if (isGateway) protections.ofClass(type);
  let isHandler = isGateway;
  for (const method of methodsOf(type)) {
    const isHandled = isGateway ? has(WS_MESSAGE, method) : has(RESOLVER_TYPE, method) || isField(method);
    isHandler ||= isHandled;
    if (isHandled) {
      const protection = protections.ofRoute(type, method);
      if (isGateway && protection !== undefined && !isProtectedGateway(type)) throw unprotected(type);
    } else if (ownMarks(method).some(({ access }) => access === 'token')) {
      throw withoutEffect(`${type.name}.${method.name}`, 'it handles no request');
    }
  }
  if (!isHandler && policyOf(type).requirement !== undefined) {
    throw withoutEffect(type.name, 'it is no controller, gateway or resolver');
  }
}

function unprotected({ name }: Class): TypeError {
  return new TypeError(
    `${name} is a WebSocket gateway, which Nest calls no global guard for: write @ProtectedGateway() on it, or @Public()`,
  );
}

function withoutEffect(name: string, why: string): TypeError {
  return new TypeError(`${name} is marked for Bearward without effect: ${why}`);
}

/** Throws where another decorator has exchanged a method that was marked before. */
function checkMarked(type: Class): void {
  for (const one of classes(type)) {
    for (const name of markedMethods(one.prototype)) {
      const method = Object.getOwnPropertyDescriptor(one.prototype, name)?.value;
      if (typeof method === 'function' && ownMarks(method).length > 0) continue;
      throw new TypeError(
        `${one.name}.${String(name)}: another decorator has put a function in the place of the one that Bearward's decorators were written on; write theirs above it`,
      );
    }
  }
}

function isField(method: Handler): boolean {
  if (has(RESOLVER_FIELD, method) || has(RESOLVER_REFERENCE, method)) return true;
  return has(RESOLVER_TYPE, method) && !ROOT_TYPES.includes(Reflect.getMetadata(RESOLVER_TYPE, method));
}

/** A field comes after a query, which is guarded, and needs a guard for what it requires beyond; a reference is asked for by
 * itself. */
function needsGuard(type: Class, method: Handler): boolean {
  const { access, requirement } = policyOf(type, method);
  return has(RESOLVER_REFERENCE, method) ? access !== 'public' : requirement !== undefined;
}

function enhancersOf(options: unknown): readonly unknown[] {
  const { fieldResolverEnhancers = [] } = (options ?? {}) as { fieldResolverEnhancers?: unknown[] };
  return fieldResolverEnhancers;
}

function has(key: string, target: object): boolean {
  return Reflect.hasMetadata(key, target);
}

function typesOf(wrappers: ReadonlyMap<unknown, Wrapper>): Class[] {
  return [...wrappers.values()].map(({ metatype }) => metatype).filter(isClass);
}

/** A factory is a function without a prototype, or with an empty one. */
function isClass(type: unknown): type is Class {
  return typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null;
}

/** The methods of a class and of those that it extends; of one name, that of the nearest. */
function methodsOf(type: Class): Handler[] {
  const methods = new Map<string | symbol, unknown>();
  for (const one of classes(type)) {
    for (const name of Reflect.ownKeys(one.prototype)) {
      if (name !== 'constructor') methods.set(name, Object.getOwnPropertyDescriptor(one.prototype, name)?.value);
    }
  }
  return [...methods.values()].filter((method): method is Handler => typeof method === 'function');
}
