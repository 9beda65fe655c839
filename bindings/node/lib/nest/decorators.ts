// What is written on controllers, gateways, resolvers and their methods.

import { createParamDecorator, type ExecutionContext, UseGuards } from '@nestjs/common';
import type { RequestAuth } from '../protect/auth-result';
import { Guard } from '../protect/guard';
import { and, type Requirement, scopes } from '../requirement';
import { holderOf } from './call';
import { RouteGuard } from './guard';
import { addMark, type Class, type Mark, policyOf } from './policy';

export type RouteDecorator = ClassDecorator & MethodDecorator;

/** Opens a route, or all of a class: no token is looked at. */
export function Public(...nothing: []): RouteDecorator {
  checkCalled('Public', nothing);
  return marking({ decorator: '@Public()', access: 'public' });
}

/** Lets requests without a token pass, too. A token that is not good is refused all the same. */
export function OptionalAuth(...nothing: []): RouteDecorator {
  checkCalled('OptionalAuth', nothing);
  return marking({ decorator: '@OptionalAuth()', access: 'optional' });
}

/** Requires every one of these scopes, beside what the class and other decorators require. */
export function Scopes(...names: string[]): RouteDecorator {
  checkBrackets('Scopes', names);
  if (names.length === 0) throw new TypeError('@Scopes() needs a scope');
  const requirement = scopes(...names);
  Guard.checkRequirement(requirement);
  return marking({ decorator: '@Scopes()', access: 'token', requirement });
}

/** Requires all of this, beside what the class and other decorators require: `@Requires(role('admin'))`. */
export function Requires(...requirements: Requirement[]): RouteDecorator {
  checkBrackets('Requires', requirements);
  const [first, ...others] = requirements;
  if (first === undefined || requirements.includes(undefined as never)) {
    throw new TypeError('@Requires() needs a requirement');
  }
  const requirement = others.length === 0 ? first : and(...requirements);
  Guard.checkRequirement(requirement);
  return marking({ decorator: '@Requires()', access: 'token', requirement });
}

/** The access token of the request, for a parameter of a handler. `undefined` for an anonymous request of a route with
 * `@OptionalAuth()` or `@Public()`. */
export function Token(...nothing: []): ParameterDecorator {
  checkCalled('Token', nothing);
  return token();
}

const token = createParamDecorator((_data: unknown, context: ExecutionContext): RequestAuth | undefined => {
  const { auth } = holderOf(context);
  if (auth !== undefined || policyOf(context.getClass() as Class, context.getHandler()).access !== 'token') return auth;
  const { name } = context.getClass();
  throw new Error(
    `@Token() of ${name}.${context.getHandler().name}: no BearwardGuard has let this request in. A guard in its place must set \`auth\` of the request`,
  );
});

function marking(mark: Mark): RouteDecorator {
  return ((target: object, name?: string | symbol, descriptor?: PropertyDescriptor) => {
    const isOnClass = typeof target === 'function' && name === undefined;
    if (!isOnClass && typeof descriptor?.value !== 'function') {
      throw new TypeError(
        `${mark.decorator} is written on a class or a method, in TypeScript with "experimentalDecorators"`,
      );
    }
    addMark(mark, target, name, descriptor?.value);
    if (mark.access !== 'token') return;
    // A method takes its guard along where another class has it.
    if (!isOnClass) UseGuards(RouteGuard)(target, name as string, descriptor as PropertyDescriptor);
    guardRoutes(typeof target === 'function' ? target : target.constructor);
  }) as RouteDecorator;
}

const GUARDED = 'bearward:guarded';

/** Puts the guard in front of all routes of a class. Its subclasses inherit that, so that a method that overrides a marked one is
 * not without it. */
function guardRoutes(type: object): void {
  if (Reflect.getOwnMetadata(GUARDED, type) === true) return;
  Reflect.defineMetadata(GUARDED, true, type);
  UseGuards(RouteGuard)(type as never);
}

/** The same for a decorator that takes something: a class, or a method with its name and its descriptor, is not that. */
function checkBrackets(name: string, [target, , descriptor]: readonly unknown[]): void {
  const isOfMethod = typeof descriptor === 'object' && descriptor !== null && 'configurable' in descriptor;
  if (typeof target === 'function' || isOfMethod) {
    throw new TypeError(`write @${name}(…), with brackets and what is required in them`);
  }
}

/** `@Public` without brackets would be called with the class, and take its place. */
function checkCalled(name: string, given: readonly unknown[]): void {
  if (given.length > 0) throw new TypeError(`write @${name}(), with brackets and nothing in them`);
}
