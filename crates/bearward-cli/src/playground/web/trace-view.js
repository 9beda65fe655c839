// The checks that the API made, in its order. The report is the API's own: nothing is decided here.

import { h, prose } from './dom.js';

const MARKS = {
  passed: ['✓', 'passed'],
  failed: ['✗', 'failed'],
  not_checked: ['–', 'not checked'],
};
const CLASSES = { passed: 'passed', failed: 'failed', not_checked: 'skipped' };

/** Fetches bring the keys, so they are shown before the check of the key. */
const AFTER_FETCHES = ['key', 'introspection'];

function mark(symbol, meaning) {
  return h('span', { class: 'mark' }, h('span', { 'aria-hidden': 'true' }, symbol), h('span', { class: 'unseen' }, meaning));
}

function row(style, [symbol, meaning], name, ...detail) {
  return h('li', { class: style }, mark(symbol, meaning), h('span', { class: 'name' }, name), h('span', { class: 'detail' }, ...detail));
}

function fetched({ url, result, ok }) {
  return row(ok ? 'fetched' : 'failed', ok ? ['↓', 'fetched'] : ['!', 'fetch failed'], 'fetch', h('code', {}, url), ` ${result}`);
}

function checked(check) {
  const code = check.code && h('code', { class: 'code' }, check.code);
  return row(
    CLASSES[check.status],
    MARKS[check.status],
    check.name.replaceAll('_', ' '),
    ...(code ? [code, ' '] : []),
    check.detail,
    check.remedy ? h('span', { class: 'remedy' }, h('b', {}, 'Remedy: '), ...prose(check.remedy)) : null,
  );
}

/** Checks that were left out for one reason share a row. */
function grouped(checks) {
  const rows = [];
  for (const check of checks) {
    const last = rows.at(-1);
    const alike = last && last.status === 'not_checked' && check.status === 'not_checked' && last.detail === check.detail;
    if (alike) last.name += `, ${check.name}`;
    else rows.push({ ...check });
  }
  return rows;
}

function hintView(hint) {
  return h(
    'div',
    { class: 'hints' },
    h('p', {}, h('b', {}, 'Hint: '), ...prose(hint.problem)),
    h('p', {}, ...prose(hint.remedy)),
    hint.rust ? h('pre', {}, `Rust  ${hint.rust}`) : null,
    hint.node ? h('pre', {}, `Node  ${hint.node}`) : null,
  );
}

/** The list of checks, with what was fetched on the way. */
export function traceView(report) {
  const rows = grouped(report.checks);
  const names = report.checks.map((check) => check.name);
  const first = AFTER_FETCHES.find((name) => names.includes(name)) ?? names[0];
  const items = rows.flatMap((check) => {
    const before = check.name.split(', ').includes(first) ? report.fetches.map(fetched) : [];
    return [...before, checked(check)];
  });
  return [h('ol', { class: 'path' }, items), ...report.hints.map(hintView)];
}

/** The decision, and the one thing to do. */
export function verdictView(report, status) {
  const { verdict } = report;
  const [style, word] = {
    accepted: ['good', 'Accepted'],
    refused: ['bad', 'Refused'],
    unavailable: ['wait', 'Not decided'],
    undecided: ['wait', 'Undecided'],
  }[verdict.decision];
  const code = ['accepted', 'undecided'].includes(verdict.code) ? null : h('code', {}, verdict.code);
  const todo = report.hints[0]?.remedy ?? verdict.remedy;
  return [
    style,
    [
      h('p', { class: 'head' }, h('span', {}, status ? `${status} ${word}` : word), code),
      h('p', {}, ...prose(sentence(verdict.detail))),
      todo ? h('p', { class: 'todo' }, h('b', {}, 'To do: '), ...prose(sentence(todo))) : null,
    ],
  ];
}

function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
