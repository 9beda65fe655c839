// Keeps what was used lately, up to a number; what is in use is kept beyond it.

/** So many of those used longest ago are looked at in one use, so that a use costs the same however many are in use. */
const LOOKS = 64;

export class RecentlyUsed<Value> {
  readonly #most: number;
  readonly #isInUse: (value: Value) => boolean;
  /** The last one used comes last. */
  readonly #values = new Map<string, Value>();

  constructor(most: number, isInUse: (value: Value) => boolean) {
    this.#most = most;
    this.#isInUse = isInUse;
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  /** Whether a value is kept, or may be kept where there are never more than `limit`, in use or not. */
  hasRoomFor(key: string, limit: number): boolean {
    if (this.#values.has(key)) return true;
    if (this.#values.size >= limit) this.#makeRoom(key);
    return this.#values.size < limit;
  }

  /** Uses a value; builds it where it is not kept. */
  use(key: string, build: () => Value): Value {
    const value = this.#values.get(key) ?? build();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#most) this.#makeRoom(key);
    return value;
  }

  #makeRoom(used: string): void {
    let looks = LOOKS;
    for (const [key, value] of this.#values) {
      if (this.#values.size <= this.#most || looks === 0) return;
      looks -= 1;
      this.#values.delete(key);
      // What is in use is used at this moment; the next call looks at others.
      if (key === used || this.#isInUse(value)) this.#values.set(key, value);
    }
  }
}
