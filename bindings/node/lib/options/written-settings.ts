// Options as settings of the core, where a row of the table says how.

import { milliseconds, seconds, secret } from '../native/setting-values';
import type { IssuerSettings, Settings } from '../generated/settings';
import type { Row, Rows } from '../option-table';

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
    const value: unknown = Reflect.get(options, name) ?? row.default ?? Reflect.get(options, name);
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
