// What decorators say of a route, and what follows from several of them.
//
// 1. A route without a decorator needs a token.
// 2. What is said of a class and of its method holds together: every requirement of both.
// 3. A method may be stricter than its class. One that would open what its class protects is an error, when the application
//    starts: a reader of the class would not expect it.
// 4. A subclass is to its base class what a method is to its class.

import { and, type Requirement } from '../requirement';

/** One decorator. */
export type Mark =
  | { readonly decorator: '@Public()'; readonly access: 'public' }
  | { readonly decorator: '@OptionalAuth()'; readonly access: 'optional' }
  | { readonly decorator: '@Scopes()' | '@Requires()'; readonly access: 'token'; readonly requirement: Requirement };

export type Access = Mark['access'];

/** What a route needs. */
export interface Policy {
  /** Whether requests without a token may pass, and whether a token is looked at. */
  readonly access: Access;
  /** What the token must meet beyond being valid. */
  readonly requirement: Requirement | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: any class
export type Class = new (...args: any[]) => unknown;
// biome-ignore lint/complexity/noBannedTypes: what Nest calls a handler
export type Handler = Function;

const MARKS = 'bearward:marks';
/** Names of methods that were marked, kept with their class: another decorator may exchange the function. */
const MARKED_METHODS = 'bearward:marked_methods';

/** Adds a mark to a class, or to a method of it. */
export function addMark(mark: Mark, target: object, name?: string | symbol, method?: Handler): void {
  const holder = method ?? target;
  // Decorators are called from the last to the first.
  Reflect.defineMetadata(MARKS, [mark, ...ownMarks(holder)], holder);
  if (method === undefined || name === undefined) return;
  const names: Array<string | symbol> = Reflect.getOwnMetadata(MARKED_METHODS, target) ?? [];
  Reflect.defineMetadata(MARKED_METHODS, [...names, name], target);
}

/** The marks of a class or of a method itself, without those that it inherits. */
export function ownMarks(holder: object): readonly Mark[] {
  return Reflect.getOwnMetadata(MARKS, holder) ?? [];
}

/** The names of the methods that were marked where this prototype was declared. */
export function markedMethods(prototype: object): ReadonlyArray<string | symbol> {
  return Reflect.getOwnMetadata(MARKED_METHODS, prototype) ?? [];
}

/** What a route needs, by its class and its method; of the class alone without a method. Throws where they contradict each
 * other. */
export function policyOf(type: Class, method?: Handler): Policy {
  const steps = classes(type).map((one) => ({ name: one.name, marks: ownMarks(one) }));
  if (method !== undefined) steps.push({ name: `${type.name}.${method.name}`, marks: ownMarks(method) });
  let found: Step | undefined;
  for (const { name, marks } of steps) {
    const step = stepOf(name, marks);
    if (step !== undefined) found = found === undefined ? step : stricter(found, step);
  }
  if (found === undefined) return { access: 'token', requirement: undefined };
  const [first, ...others] = found.requirements;
  return {
    access: found.access,
    requirement: first === undefined || others.length === 0 ? first : and(first, ...others),
  };
}

/** A class and those that it extends, the base first. */
export function classes(type: Class): Class[] {
  const found: Class[] = [];
  for (let one = type; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    found.unshift(one);
  }
  return found;
}

interface Step {
  readonly name: string;
  readonly decorator: string;
  readonly access: Access;
  readonly requirements: readonly Requirement[];
}

const STRICTNESS: Readonly<Record<Access, number>> = { public: 0, optional: 1, token: 2 };

function stepOf(name: string, marks: readonly Mark[]): Step | undefined {
  const [first] = marks;
  if (first === undefined) return undefined;
  const { access, decorator } = first;
  const other = marks.find((mark) => mark.access !== access);
  if (other !== undefined) {
    throw new TypeError(`${name} has ${decorator} and ${other.decorator}: a route is one or the other`);
  }
  const requirements = marks.flatMap((mark) => (mark.access === 'token' ? mark.requirement : []));
  return { name, decorator, access, requirements };
}

function stricter(outer: Step, inner: Step): Step {
  if (STRICTNESS[inner.access] < STRICTNESS[outer.access]) {
    throw new TypeError(
      `${inner.name} has ${inner.decorator}, and ${outer.name} has ${outer.decorator}: what is said of a class holds for all` +
        ' its routes. Move one of the two: the decorator of the class to the other routes, or this route to another class',
    );
  }
  return { ...inner, requirements: [...outer.requirements, ...inner.requirements] };
}
