// Header and claims of verified tokens, parsed once and copied for each request.
//
// Parsing a claims set costs far more than copying it. A part is a function of its text alone, so what is kept
// here decides nothing, and holds no signature. What is kept is never given away: each request gets objects of its own.

type Members = Record<string, unknown>;

/** A part, and which of its members are objects or lists. */
interface Parsed {
  /** What it was read out of. */
  readonly text: string;
  readonly members: Readonly<Members>;
  readonly nested: readonly string[];
}

/** What one generation keeps at most: parts, and characters of their text. */
const MAX_PARTS = 5000;
const MAX_CHARACTERS = 2 * 1024 * 1024;

/** Claims are found by so many characters of the end of their token. A `Map` hashes every character of a key, of each
 * request's string anew, which takes far longer than copying the claims. */
const KEY_CHARACTERS = 12;

/** Parts in the order of generations: what is not used while one fills up is dropped with the one before. */
let young = new Map<string, Parsed>();
let old = new Map<string, Parsed>();
let characters = 0;

/** A part of a verified token in compact serialization: its header (0) or its claims (1). Not to be changed or given away. */
export function readPart(token: string, place: 0 | 1): Readonly<Members> {
  return partOf(token, place).members;
}

/** The same for the caller to keep. */
export function copyPart(token: string, place: 0 | 1): Members {
  return copyOf(partOf(token, place));
}

/** Claims that an authorization server answered with. Not to be changed or given away. */
export function readClaims(json: string): Readonly<Members> {
  return parsed(json, json, JSON.parse).members;
}

/** The same for the caller to keep. */
export function copyClaims(json: string): Members {
  return copyOf(parsed(json, json, JSON.parse));
}

function partOf(token: string, place: 0 | 1): Parsed {
  const first = token.indexOf('.');
  if (place === 0) {
    // Many tokens share one header.
    const header = token.slice(0, first);
    return parsed(header, header, parseBase64url);
  }
  const claims = token.slice(first + 1, token.indexOf('.', first + 1));
  return parsed(token.slice(-KEY_CHARACTERS), claims, parseBase64url);
}

/** What is known of a text under its key, or is learned now. Tokens may have the same end, so a text is compared with the
 * one that was read. No text is both base64url and a JSON object, so the two kinds are kept in one place. */
function parsed(key: string, text: string, parse: (text: string) => Members): Parsed {
  const known = young.get(key);
  if (known?.text === text) return known;
  const older = old.get(key);
  const found = older?.text === text ? older : divided(alone(text), parse(text));
  keep(key, found);
  return found;
}

function keep(key: string, found: Parsed): void {
  if (young.size >= MAX_PARTS || characters + found.text.length > MAX_CHARACTERS) {
    old = young;
    young = new Map();
    characters = 0;
  }
  characters += found.text.length;
  young.set(alone(key), found);
}

/** A part of a string keeps the whole string in memory; this is one by itself. */
function alone(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function divided(text: string, members: Members): Parsed {
  return { text, members, nested: Object.keys(members).filter((name) => isNested(members[name])) };
}

function parseBase64url(text: string): Members {
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
}

function copyOf({ members, nested }: Parsed): Members {
  const copy = { ...members };
  for (const name of nested) replace(copy, name, deepCopy(members[name]));
  return copy;
}

function deepCopy(value: unknown): unknown {
  if (!isNested(value)) return value;
  if (Array.isArray(value)) return value.map(deepCopy);
  const copy: Members = { ...value };
  for (const name of Object.keys(copy)) {
    if (isNested(copy[name])) replace(copy, name, deepCopy(copy[name]));
  }
  return copy;
}

/** A claim may be called `__proto__`, which an assignment would not take for a name. */
function replace(copy: Members, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  else copy[name] = value;
}

function isNested(value: unknown): value is Members | unknown[] {
  return typeof value === 'object' && value !== null;
}
