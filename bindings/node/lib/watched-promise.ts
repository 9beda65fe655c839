// A promise that never ends the process, whether its caller looks at it or not.

import { isError } from './realm';

/** A promise that settles as `work` does. Where it rejects and its caller does not look at it, `onUnseen` gets the error. */
export function watchedPromise<T>(work: PromiseLike<T>, onUnseen: (error: unknown) => void): Promise<T> {
  const promise = new WatchedPromise<T>((resolve) => resolve(work));
  promise.onUnseenRejection(onUnseen);
  return promise;
}

/** Knows whether its caller looks at it: `await`, `then`, `catch` and `Promise.resolve` all call `then`. */
class WatchedPromise<T> extends Promise<T> {
  #isSeen = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isSeen = true;
    return super.then(onFulfilled, onRejected);
  }

  /** A caller that looks does so in the turn of its call, so it had its chance when the next one begins. */
  onUnseenRejection(handle: (error: unknown) => void): void {
    super.then(undefined, (error: unknown) => {
      setImmediate(() => {
        if (!this.#isSeen) handle(error);
      });
    });
  }
}

let isWarned = false;

/** An error of the application's must not vanish; a flood of requests must not become a flood of warnings. */
export function warnOnce(error: unknown): void {
  if (isWarned) return;
  isWarned = true;
  const text = isError(error) ? error.stack : String(error);
  const advice = 'look at the promise that Bearward returns, for instance with `await`';
  process.emitWarning(`a callback of the application's failed where nothing looks at it; ${advice}: ${text}`, {
    code: 'BEARWARD_UNSEEN_ERROR',
  });
}
