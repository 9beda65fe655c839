// What is registered in the scope of the plugin: a hook that comes too late, or that nothing runs, lets every request reach its
// handler, and Fastify says nothing.

import type { FastifyInstance, RouteOptions } from 'fastify';

/** What runs before the handler, and can refuse. */
const IN_TIME: readonly string[] = ['onRequest', 'preValidation', 'preHandler'];

/** The scope that the plugin is registered in. */
export interface Scope {
  isReady: boolean;
  routes: number;
}

/** Throws at the registration of a hook that is in `made` at another place than one where it can refuse a request. */
export function watchScope(fastify: FastifyInstance, made: WeakSet<object>): Scope {
  const scope: Scope = { isReady: false, routes: 0 };
  fastify.addHook('onRoute', (route) => {
    scope.routes += 1;
    checkRoute(route, made);
  });
  fastify.addHook('onReady', (done) => {
    scope.isReady = true;
    if (scope.routes === 0) warnOfNoRoute();
    done();
  });
  const addHook = fastify.addHook as (...given: unknown[]) => unknown;
  // Scopes inside this one inherit it.
  fastify.addHook = function (this: unknown, ...given: unknown[]) {
    const [name, hook] = given;
    if (isMade(hook, made) && !IN_TIME.includes(name as string)) throw new TypeError(advice(`addHook('${name}')`));
    return Reflect.apply(addHook, this, given);
  } as FastifyInstance['addHook'];
  return scope;
}

/** Throws when the routes are complete: a hook that is made at a request is never run. */
export function checkTime({ isReady }: Scope): void {
  if (!isReady) return;
  throw new TypeError(
    'requireAuth() makes a hook, and was called when the application was ready: its hook would never run. Write' +
      ' `{ onRequest: app.requireAuth() }` at the route; to decide by hand, await `app.protection.check(request)`',
  );
}

/** What is under another name Fastify runs when the handler has answered, or never. */
function checkRoute(route: RouteOptions, made: WeakSet<object>): void {
  for (const [name, value] of Object.entries(route)) {
    const isThere = [value].flat(Number.POSITIVE_INFINITY).some((one) => isMade(one, made));
    if (isThere && !IN_TIME.includes(name)) throw new TypeError(`${route.url}: ${advice(name)}`);
  }
}

function isMade(value: unknown, made: WeakSet<object>): boolean {
  return typeof value === 'function' && made.has(value);
}

function advice(name: string): string {
  return `requireAuth() as ${name} lets every request reach the handler: write \`{ onRequest: app.requireAuth() }\``;
}

/** Without `fastify-plugin`, a plugin of the application's has a scope of its own, and the routes outside are open. */
function warnOfNoRoute(): void {
  process.emitWarning(
    'the plugin of bearward/fastify protects no route: the scope that it is registered in has none. A plugin that registers it' +
      ' for the routes outside must be wrapped in `fastify-plugin`',
    { code: 'BEARWARD_NO_ROUTE' },
  );
}
