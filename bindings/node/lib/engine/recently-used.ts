// Keeps what was used lately, up to a number; what is in use is kept beyond it.

export class RecentlyUsed<Value> {
  readonly #most: number;
  readonly #isInUse: (value: Value) => boolean;
  /** The last one used comes last. */
  readonly #values = new Map<string, Value>();

  constructor(most: number, isInUse: (value: Value) => boolean) {
    this.#most = most;
    this.#isInUse = isInUse;
  }

  get size(): number {
    return this.#values.size;
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  has(key: string): boolean {
    return this.#values.has(key);
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
    for (const [key, value] of this.#values) {
      if (this.#values.size <= this.#most) return;
      if (key !== used && !this.#isInUse(value)) this.#values.delete(key);
    }
  }
}
