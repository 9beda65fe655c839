// The ways in which applications call a middleware by hand, and what each makes of the outcome.
//
// `send` reaches the data, `refuse` answers 401, `next` is Express's. A shape with `throws` passes a rejection on to
// its caller, who must catch it.

import { promisify } from 'node:util';

/** A guard of NestJS lets a request pass when `canActivate` answers `true`. */
async function guarded(canActivate, send, refuse) {
  if (await canActivate()) send();
  else refuse();
}

/** Of middlewares that call `next` with an error, as `auth()` does. */
export const TELLS_ERRORS = {
  mounted: ({ check, req, res, next, send }) => {
    check(req, res, (error) => (error ? next(error) : send()));
  },
  'mounted by a middleware that awaits': async ({ check, req, res, next, send }) => {
    await check(req, res, (error) => (error ? next(error) : send()));
  },
  'mounted by a middleware that passes the promise on': ({ check, req, res, next, send }) =>
    check(req, res, (error) => (error ? next(error) : send())),
  'mounted, with a callback of a tracing library': ({ check, req, res, next, send }) =>
    check(req, res, function () {
      return arguments[0] ? next.apply(this, arguments) : send();
    }),
  'mounted, with rest parameters': ({ check, req, res, next, send }) =>
    check(req, res, (...told) => (told[0] ? next(...told) : send())),
  'awaited, with the error kept': async ({ check, req, res, send, refuse }) => {
    let refusal;
    await check(req, res, (error) => {
      refusal = error;
    });
    if (refusal) return refuse();
    send();
  },
  'awaited, with a callback that throws': async ({ check, req, res, send, refuse }) => {
    try {
      await check(req, res, (error) => {
        if (error) throw error;
      });
    } catch {
      return refuse();
    }
    send();
  },
  'awaited, with an asynchronous callback that throws': async ({ check, req, res, send, refuse }) => {
    try {
      await check(req, res, async (error) => {
        await undefined;
        if (error) throw error;
      });
    } catch {
      return refuse();
    }
    send();
  },
  'not awaited, with a callback that throws': ({ check, req, res, send }) => {
    check(req, res, (error) => {
      if (error) throw error;
      send();
    });
  },
  'awaited, with a look at the outcome on the request': async ({ check, req, res, outcome, send, refuse }) => {
    const seen = [];
    await check(req, res, (error) => {
      seen.push(error);
    });
    if (!outcome(req)) return refuse();
    send();
  },
  'awaited, with a callback without parameter, and a look at the outcome': {
    throws: true,
    run: async ({ check, req, res, outcome, send, refuse }) => {
      await check(req, res, () => {});
      if (!outcome(req)) return refuse();
      send();
    },
  },
  'a guard with a callback without parameter': {
    throws: true,
    run: ({ check, req, res, send, refuse }) =>
      guarded(
        async () => {
          await check(req, res, () => {});
          return true;
        },
        send,
        refuse,
      ),
  },
  'a guard with a callback that ignores its parameter': {
    throws: true,
    run: ({ check, req, res, send, refuse }) =>
      guarded(
        async () => {
          await check(req, res, (_error) => {});
          return true;
        },
        send,
        refuse,
      ),
  },
  'a guard with a callback that throws': {
    throws: true,
    run: ({ check, req, res, send, refuse }) =>
      guarded(
        async () => {
          await check(req, res, (error) => {
            if (error) throw error;
          });
          return true;
        },
        send,
        refuse,
      ),
  },
  'new Promise, resolved with the error': async ({ check, req, res, send, refuse }) => {
    const refusal = await new Promise((resolve) => {
      check(req, res, resolve);
    });
    if (refusal) return refuse();
    send();
  },
  'new Promise, rejected with the error': async ({ check, req, res, send, refuse }) => {
    try {
      await new Promise((resolve, reject) => {
        check(req, res, (error) => (error ? reject(error) : resolve()));
      });
    } catch {
      return refuse();
    }
    send();
  },
  'new Promise, resolved without the error': {
    throws: true,
    run: async ({ check, req, res, send }) => {
      await new Promise((resolve) => {
        check(req, res, () => resolve());
      });
      send();
    },
  },
  promisify: async ({ check, req, res, send, refuse }) => {
    try {
      await promisify(check)(req, res);
    } catch {
      return refuse();
    }
    send();
  },
  then: ({ check, req, res, send, refuse }) => {
    let refusal;
    Promise.resolve(
      check(req, res, (error) => {
        refusal = error;
      }),
    ).then(() => (refusal ? refuse() : send()));
  },
  'a continuation': ({ check, req, res, send, refuse }) => {
    check(req, res, (error) => (error ? refuse() : send()));
  },
  'a continuation without parameter': ({ check, req, res, send }) => {
    check(req, res, () => send());
  },
  'twice, one after the other': async ({ check, req, res, send, refuse }) => {
    const refusals = [];
    const keep = (error) => {
      if (error) refusals.push(error);
    };
    await check(req, res, keep);
    await check(req, res, keep);
    if (refusals.length > 0) return refuse();
    send();
  },
  'twice at once': async ({ check, req, res, send, refuse }) => {
    const refusals = [];
    const keep = (error) => {
      if (error) refusals.push(error);
    };
    await Promise.all([check(req, res, keep), check(req, res, keep)]);
    if (refusals.length > 0) return refuse();
    send();
  },
};

/** Without `next` only the promise can tell; the originals do not work in this way. */
export const WITHOUT_NEXT = {
  awaited: {
    throws: true,
    run: async ({ check, req, res, send }) => {
      await check(req, res);
      send();
    },
  },
  'then and catch': async ({ check, req, res, send, refuse }) => {
    try {
      await check(req, res).then(send);
    } catch {
      refuse();
    }
  },
  /** Only a refusal is answered. */
  'not awaited': ({ check, req, res }) => {
    check(req, res);
  },
  'with null': {
    throws: true,
    run: async ({ check, req, res, send }) => {
      await check(req, res, null);
      send();
    },
  },
};

/** Of checks that are decided at once, and whose callers do not wait. */
export const AT_ONCE = {
  'not awaited, with the error kept': ({ check, req, res, send, refuse }) => {
    let refusal;
    check(req, res, (error) => {
      refusal = error;
    });
    if (refusal) return refuse();
    send();
  },
  'not awaited, with a callback that throws and is caught': ({ check, req, res, send, refuse }) => {
    try {
      check(req, res, (error) => {
        if (error) throw error;
      });
    } catch {
      return refuse();
    }
    send();
  },
  'not awaited, without next': {
    throws: true,
    run: async ({ check, req, res, send }) => {
      check(req, res);
      send();
    },
  },
  'not awaited, with a callback without parameter': {
    throws: true,
    run: async ({ check, req, res, send }) => {
      check(req, res, () => {});
      send();
    },
  },
};

/** Of middlewares that call `next` for a request that may pass, and answer the others, as `secure()` does. */
export const ANSWERS_ITSELF = {
  mounted: ({ check, req, res, next, send }) => {
    check(req, res, (error) => (error ? next(error) : send()));
  },
  'awaited, with the call of next kept': async ({ check, req, res, send }) => {
    let passed = false;
    await check(req, res, () => {
      passed = true;
    });
    if (passed) send();
  },
  'awaited, with a look at the outcome on the request': async ({ check, req, res, outcome, send }) => {
    await check(req, res, () => {});
    if (outcome(req)) send();
  },
  'new Promise': async ({ check, req, res, send }) => {
    await new Promise((resolve) => {
      check(req, res, resolve);
    });
    send();
  },
  promisify: async ({ check, req, res, send }) => {
    await promisify(check)(req, res);
    send();
  },
  'a continuation': ({ check, req, res, send }) => {
    check(req, res, () => send());
  },
  then: ({ check, req, res, send }) => {
    let passed = false;
    Promise.resolve(
      check(req, res, () => {
        passed = true;
      }),
    ).then(() => passed && send());
  },
  'twice, one after the other': async ({ check, req, res, send }) => {
    let passes = 0;
    await check(req, res, () => {
      passes += 1;
    });
    if (passes === 1)
      await check(req, res, () => {
        passes += 1;
      });
    if (passes === 2) send();
  },
};

/** Runs a shape as a route of Express 4 or 5 does. What it must catch by itself, nothing here catches for it. */
export function run(shape, io) {
  if (typeof shape === 'function') return void shape(io);
  return void shape.run(io).catch(io.next);
}
