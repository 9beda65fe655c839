// The request and the answer as they are on the wire, the challenge taken apart, and the same request for curl.

import { challenges, meaningOf } from './challenge.js';
import { copyable, h } from './dom.js';

const lines = (headers) => headers.map(([name, value]) => `${name}: ${value}`);

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as a line for a shell. */
export function curlLine(url, headers) {
  return ['curl -i', ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`), quoted(url)].join(' ');
}

function readable(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function challengeTable(values) {
  const found = values.flatMap(challenges);
  const rows = found.flatMap(({ scheme, parameters }) =>
    parameters.map(([name, value], place) =>
      h('tr', {}, h('td', {}, place === 0 ? scheme : ''), h('th', { scope: 'row' }, name), h('td', {}, value), h('td', { class: 'hint' }, meaningOf(name))),
    ),
  );
  const head = ['Scheme', 'Parameter', 'Value', 'Meaning'].map((name) => h('th', { scope: 'col' }, name));
  return h('table', { class: 'challenge' }, h('thead', {}, h('tr', {}, head)), h('tbody', {}, rows));
}

/** Everything that was said, and how to say it again; `again` is the request to repeat, and `note` what to know of it. */
export function exchangeView({ request, answer }, again, note) {
  const asked = [`${request.method} ${request.path} HTTP/1.1`, ...lines(request.headers)].join('\n');
  const told = [`HTTP/1.1 ${answer.status} ${answer.reason}`, ...lines(answer.headers), '', readable(answer.body)].join('\n');
  const message = (title, text) => h('div', {}, h('h3', {}, title), h('pre', { tabindex: '0', 'aria-label': title }, text));
  const asks = answer.headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value);
  return [
    h('div', { class: 'messages' }, message('Request', asked), message('Answer', told)),
    ...(asks.length ? [h('h3', {}, 'The challenge, taken apart'), challengeTable(asks)] : []),
    h('h3', {}, 'The same request in a shell'),
    copyable(again, 'curl line'),
    ...(note ? [h('p', { class: 'hint' }, note)] : []),
  ];
}
