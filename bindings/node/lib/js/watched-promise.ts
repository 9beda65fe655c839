// A promise that never ends the process, whether its caller looks at it or not.

/** A promise that settles as `work` does. Where it rejects and its caller does not look at it, `onUnseen` gets the error; where
 * it resolves, `onUnseenValue` gets the value. */
export function watchedPromise<T>(
  work: PromiseLike<T>,
  onUnseen: (error: unknown) => void,
  onUnseenValue?: (value: T) => void,
): Promise<T> {
  const promise = new WatchedPromise<T>((resolve) => resolve(work));
  promise.onUnseen(onUnseen, onUnseenValue);
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
  onUnseen(handleError: (error: unknown) => void, handleValue?: (value: T) => void): void {
    const later = <Settled>(handle: (settled: Settled) => void) => {
      return (settled: Settled) => {
        if (this.#isSeen) return;
        setImmediate(() => {
          if (!this.#isSeen) handle(settled);
        });
      };
    };
    super.then(handleValue && later(handleValue), later(handleError));
  }
}
