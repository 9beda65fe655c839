// The token, taken apart. What it says is shown as text, and is not verified by being shown.

import { decodeJson } from './base64url.js';
import { copyable, h } from './dom.js';

const TIMES = [['iat', 'issued'], ['nbf', 'valid from'], ['exp', 'expires'], ['auth_time', 'authenticated']];

const pretty = (value) => JSON.stringify(value, null, 2);

/** `in 4 minutes`, `3 hours ago`. */
export function relative(seconds, now = Date.now() / 1000) {
  const difference = seconds - now;
  const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const [unit, length] = units.find(([, size]) => Math.abs(difference) >= size) ?? units.at(-1);
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.round(difference / length), unit);
}

function times(claims) {
  const found = TIMES.filter(([name]) => typeof claims?.[name] === 'number' && Math.abs(claims[name]) < 1e11);
  if (found.length === 0) return null;
  const entry = ([name, verb]) => {
    const date = new Date(claims[name] * 1000);
    return h('span', { title: date.toISOString() }, `${verb} ${relative(claims[name])}`);
  };
  return h('p', { class: 'times' }, found.map(entry));
}

function raw(compact) {
  const parts = compact.split('.');
  const coloured = parts.flatMap((part, place) => [place ? '.' : null, h('span', { class: `p${place + 1}` }, part)]);
  return h('pre', { class: 'raw', tabindex: '0', 'aria-label': 'The token as it is sent' }, coloured);
}

/** What there is to see of a token. */
export function tokenView(compact, note) {
  const parts = compact.split('.');
  const header = parts.length === 3 ? decodeJson(parts[0]) : undefined;
  const claims = parts.length === 3 ? decodeJson(parts[1]) : undefined;
  const first = h('h3', { class: 'first' }, 'As it is sent');
  const top = [note ? h('p', { class: 'source' }, note) : null, first, raw(compact)];
  if (header === undefined && claims === undefined) {
    return [...top, h('p', { class: 'times' }, 'An opaque token: only its issuer can read it. The API asks the issuer (introspection).')];
  }
  const part = (title, value, style) => [
    h('h3', { class: style }, title),
    value === undefined ? h('p', {}, 'not readable') : copyable(pretty(value), title),
  ];
  return [
    ...top,
    ...part('Header', header, 'p1'),
    ...part('Claims', claims, 'p2'),
    times(claims),
    h('h3', { class: 'p3' }, 'Signature'),
    h('p', { class: 'hint' }, parts[2] ? `${parts[2].length} characters of base64url over the two parts before it` : 'none'),
  ].filter(Boolean);
}
