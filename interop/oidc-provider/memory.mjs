/**
 * What the library stores, kept in this process and shared by every instance: opaque tokens must
 * outlive the rotation of the keys. Only what client credentials need: no grants, no sessions.
 */
export class Memory {
  static #entries = new Map();
  #model;

  constructor(model) {
    this.#model = model;
  }

  async upsert(id, payload, lifetimeSeconds) {
    const endsAt = lifetimeSeconds === undefined ? Infinity : Date.now() + lifetimeSeconds * 1000;
    Memory.#entries.set(this.#key(id), { payload, endsAt });
  }

  async find(id) {
    const key = this.#key(id);
    const entry = Memory.#entries.get(key);
    if (entry === undefined || entry.endsAt > Date.now()) return entry?.payload;
    Memory.#entries.delete(key);
    return undefined;
  }

  async destroy(id) {
    Memory.#entries.delete(this.#key(id));
  }

  #key(id) {
    return `${this.#model}:${id}`;
  }
}
