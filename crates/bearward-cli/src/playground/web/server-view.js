// The authorization server and what the API keeps of it, as they are now.

import { $, h, show, trouble } from './dom.js';
import { get, post } from './server.js';

const EVERY = 2000;

function keyList(title, keys, empty) {
  const item = ({ kid, alg, signing }) =>
    h('li', {}, h('code', {}, kid), h('span', { class: 'hint' }, alg), signing ? h('span', { class: 'badge good' }, 'signs') : null);
  return h('div', {}, h('h3', {}, title), keys.length ? h('ul', {}, keys.map(item)) : h('p', { class: 'hint' }, empty));
}

function numbers(title, pairs) {
  const entry = ([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, String(value)));
  return h('div', {}, h('h3', {}, title), h('dl', { class: 'numbers' }, pairs.map(entry)));
}

let shown = '';

function render(state) {
  const text = JSON.stringify(state);
  if (text === shown) return;
  shown = text;
  const { issuer, api } = state;
  $('server-state').textContent = issuer.up ? 'running' : 'stopped';
  $('server-state').className = `badge ${issuer.up ? 'good' : 'bad'}`;
  for (const [action, off] of [['start', issuer.up], ['stop', !issuer.up]]) {
    document.querySelector(`[data-action="${action}"]`).disabled = off;
  }
  show(
    'server-view',
    h(
      'div',
      { class: 'keys' },
      keyList('Keys that it publishes', issuer.keys, 'not one'),
      keyList('Keys that the API holds', api.keys, 'not one yet'),
      numbers('Requests that it got', Object.entries(issuer.requests)),
      numbers('What the API remembers', Object.entries(api.memory)),
    ),
  );
}

let isStarted = false;
let isLost = false;

/** Looks at the server now, where there is one to see. */
export async function refresh() {
  if (!isStarted) return;
  try {
    render(await get('/playground/state'));
    // A message of another part of the page stays.
    if (isLost) trouble();
    isLost = false;
  } catch (error) {
    isLost = true;
    trouble(error.message);
  }
}

/** Wires the buttons, and looks again and again while the page is seen. */
export async function startServerView() {
  isStarted = true;
  $('server').hidden = false;
  for (const button of document.querySelectorAll('[data-action]')) {
    button.addEventListener('click', async () => {
      trouble();
      try {
        await post('/playground/issuer', { action: button.dataset.action });
      } catch (error) {
        return trouble(error.message);
      }
      return refresh();
    });
  }
  await refresh();
  setInterval(() => {
    if (document.visibilityState === 'visible') refresh();
  }, EVERY);
}
