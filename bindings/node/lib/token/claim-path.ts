// Where a claim is, by the same rules as in the core: for what handlers read, never for a decision.

import type { PathSettings } from '../generated/settings';

/** The claim at a path; `undefined` where it is absent or `null`. A text is tried as one name first, then what is before
 * each of its dots; each element of an array is one name. */
export function claimAt(claims: unknown, path: PathSettings): unknown {
  if (typeof path === 'string') return dotted(claims, path);
  return path.reduce((value: unknown, name) => member(value, name), claims);
}

function dotted(value: unknown, path: string): unknown {
  const whole = member(value, path);
  if (whole !== undefined) return whole;
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = member(value, path.slice(0, dot));
    const found = inner === undefined ? undefined : dotted(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function member(value: unknown, name: string): unknown {
  if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
  return value[name] ?? undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
