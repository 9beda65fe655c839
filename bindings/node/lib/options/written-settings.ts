// Options as settings of the core, where a row of the table says how, and the forms of values that the core reads.

import type { Duration, IssuerSettings, Secret, Settings } from '../generated/settings';
import type { Row, Rows } from '../option-table';

/** No duration is longer: some thirty thousand years. What has no end would be `Infinity`. */
const LONGEST = 1e15;

/** What is negative becomes zero. Without an exponent, which the core does not read. */
export const milliseconds = (duration: number): Duration => `${Math.min(Math.max(duration, 0), LONGEST).toFixed(3)}ms`;

export const seconds = (duration: number): Duration => milliseconds(duration * 1000);

/** A secret that is a text, or bytes. */
export const secret = (given: string | Uint8Array): Secret =>
  typeof given === 'string' ? given : { base64: Buffer.from(given).toString('base64') };

const FORMS: Readonly<Record<NonNullable<Row['as']>, (value: never) => unknown>> = {
  itself: (value) => value,
  seconds,
  milliseconds,
  secret,
};

/** The settings that these options say, those of one issuer among them. What is absent says none. */
export function written(rows: Rows, options: object = {}): Settings & IssuerSettings {
  const settings = {};
  for (const [name, row] of Object.entries(rows)) {
    const [path] = row.settings ?? [];
    const given: unknown = Reflect.get(options, name);
    const value = given ?? row.default ?? given;
    if (row.as === undefined || path === undefined || value === undefined) continue;
    // The core says that `null` says nothing: a protection that is left out so could be one that is missed.
    put(settings, path.split('.'), value === null ? null : FORMS[row.as](value as never));
  }
  return settings;
}

function put(settings: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    settings[name] = value;
    return;
  }
  const inner = (settings[name] ?? {}) as Record<string, unknown>;
  settings[name] = inner;
  put(inner, rest, value);
}
