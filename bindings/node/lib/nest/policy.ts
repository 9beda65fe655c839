// What decorators say of a route, and what follows from several of them.
//
// 1. A route without a decorator needs a token.
// 2. What is said of a class and of its method holds together: every requirement of both.
// 3. A method may be stricter than its class. One that would open what its class protects is an error, when the application
//    starts: a reader of the class would not expect it.
// 4. A subclass is to its base class what a method is to its class. So is a method to the one that it overrides, which passes
//    on what it requires, and never that it is open.

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
  const ofClass = allOf(classes(type).map((one) => ({ name: one.name, marks: ownMarks(one) })));
  const ofMethod = method && allOf([...overriddenBy(type, method), markedOf(type, method)]);
  const found = ofClass && ofMethod ? stricter(ofClass, ofMethod) : (ofMethod ?? ofClass);
  if (found === undefined) return { access: 'token', requirement: undefined };
  const [first, ...others] = found.requirements;
  return {
    access: found.access,
    requirement: first === undefined || others.length === 0 ? first : and(first, ...others),
  };
}

/** What the methods say that this one overrides, the base first. One without a decorator inherits what they require alone. */
function overriddenBy(type: Class, method: Handler): Marked[] {
  const chain = classes(type);
  const isUnmarked = ownMarks(method).length === 0;
  const found = new Map<Handler, Marked>();
  for (const [at, { prototype }] of chain.entries()) {
    for (const name of Reflect.ownKeys(prototype)) {
      if (name === 'constructor' || declared(prototype, name) !== method) continue;
      for (const base of chain.slice(0, at)) {
        const other = declared(base.prototype, name);
        if (typeof other !== 'function' || other === method) continue;
        const marks = ownMarks(other);
        if (!isUnmarked || marks.some(({ access }) => access === 'token')) found.set(other, markedOf(base, other));
      }
    }
  }
  return [...found.values()];
}

function declared(prototype: object, name: string | symbol): unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.value;
}

function markedOf(type: Class, method: Handler): Marked {
  return { name: `${type.name}.${method.name}`, marks: ownMarks(method) };
}

/** A class and those that it extends, the base first. */
export function classes(type: Class): Class[] {
  const found: Class[] = [];
  for (let one = type; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    found.unshift(one);
  }
  return found;
}

interface Marked {
  readonly name: string;
  readonly marks: readonly Mark[];
}

interface Step {
  readonly name: string;
  readonly decorator: string;
  readonly access: Access;
  readonly requirements: readonly Requirement[];
}

const STRICTNESS: Readonly<Record<Access, number>> = { public: 0, optional: 1, token: 2 };

/** All of these together, each at least as strict as the one before. */
function allOf(all: readonly Marked[]): Step | undefined {
  let found: Step | undefined;
  for (const one of all) {
    const step = stepOf(one);
    if (step !== undefined) found = found === undefined ? step : stricter(found, step);
  }
  return found;
}

function stepOf({ name, marks }: Marked): Step | undefined {
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
        ' its routes, and what is said of a method for those that override it. Move one of the two: the decorator of the class to the other routes, or this route to another class',
    );
  }
  return { ...inner, requirements: [...outer.requirements, ...inner.requirements] };
}
