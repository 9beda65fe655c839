// The header `Forwarded` (RFC 7239 §4): elements between commas, pairs between semicolons.

const PAIR = /[ \t]*(?:([!#$%&'*+\-.^_`|~\w]+)=(?:([!#$%&'*+\-.^_`|~\w]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?(;|,|$)/y;

/** The parameters of the last element, which the nearest proxy wrote. `undefined` where the whole text is not of that
 * form: what a client wrote before that element could otherwise move the border between the two. */
export function lastForwarded(header: string): ReadonlyMap<string, string> | undefined {
  let element = new Map<string, string>();
  PAIR.lastIndex = 0;
  while (true) {
    const pair = PAIR.exec(header);
    if (pair === null) return undefined;
    const [, name, token, quoted, end] = pair;
    if (name !== undefined) {
      const key = name.toLowerCase();
      // A parameter occurs once in an element.
      if (element.has(key)) return undefined;
      element.set(key, token ?? (quoted as string).replace(/\\(.)/g, '$1'));
    }
    if (end === ';') continue;
    if (element.size === 0) return undefined;
    if (end !== ',') return element;
    element = new Map();
  }
}
