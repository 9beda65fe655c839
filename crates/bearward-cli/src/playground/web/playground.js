// The page of the demo: a token is made, sent, and what the API did with it is shown.

import { $, h, options, show, trouble } from './dom.js';
import { DpopKey } from './dpop.js';
import { curlLine, exchangeView } from './exchange-view.js';
import { headersOf, mannersOf } from './manners.js';
import { PRESETS } from './presets.js';
import { get, post } from './server.js';
import { refresh, startServerView } from './server-view.js';
import { tokenView } from './token-view.js';
import { traceView, verdictView } from './trace-view.js';

const SOURCES = {
  cache: 'The API knew this token: it was verified before, and its times, its key and its sender were checked again.',
  verification: 'The API had not seen this token before, and verified its signature.',
  introspection: 'The issuer was asked about this token.',
};

/** The token in hand, how it is bound, and the proof that was sent last. */
const held = { token: undefined, binding: 'bearer', lastProof: undefined };
const keys = {};
let config;

const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value;
const scopes = () => Array.from(document.querySelectorAll('#scopes input:checked'), (input) => input.value);
const routeUrl = () => `${location.origin}${$('route').value}`;

/** Runs what a person asked for; what goes wrong is told at the top of the page. */
async function attempt(work) {
  trouble();
  const buttons = document.querySelectorAll('form button, .chips button');
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    trouble(error.message);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function mint() {
  const binding = chosen('binding');
  const asked = {
    client: $('client').value,
    target: $('target').value,
    organization: $('organization').value,
    scopes: scopes(),
    mfa: $('mfa').checked && !$('mfa-field').hidden,
    lifetime: $('lifetime').value ? Number($('lifetime').value) : null,
    flaw: $('flaw').value || null,
    binding,
  };
  if (binding === 'dpop') {
    keys.own ??= await DpopKey.generate();
    keys.another ??= await DpopKey.generate();
    asked.dpop_proof = await keys.own.proof({ method: 'POST', url: config.token_endpoint });
  }
  const { access_token: token } = await post('/playground/token', asked);
  hold(token, binding);
  refresh();
}

function hold(token, binding) {
  Object.assign(held, { token, binding, lastProof: undefined });
  $('held').textContent = 'with the token below';
  options($('manner'), mannersOf(binding));
  $('token-card').hidden = false;
  show('token', ...tokenView(token));
}

async function headers(manner) {
  const { binding, token, lastProof } = held;
  return headersOf(binding, manner, {
    token: token ?? '',
    url: routeUrl(),
    key: keys.own,
    otherKey: keys.another,
    certificates: config.certificates,
    lastProof,
  });
}

async function send() {
  if (config.mode === 'external') {
    const token = $('pasted').value.trim();
    if (token !== held.token) {
      if (token) hold(token, 'bearer');
      else held.token = undefined;
    }
  }
  // A proof for the replay must have been used: the first request uses it.
  let manner = $('manner').value;
  if (held.token === undefined && manner === 'right') manner = 'none';
  if (manner === 'replay' && held.lastProof === undefined) await exchange(await headers('right'));
  const given = await headers(manner);
  const outcome = await exchange(given);
  const again = held.binding === 'dpop' && manner === 'right' ? await headers('right') : given;
  render(outcome, again);
  refresh();
}

async function exchange(given) {
  const outcome = await post('/playground/send', { path: $('route').value, headers: given });
  held.lastProof = given.find(([name]) => name === 'dpop')?.[1] ?? held.lastProof;
  return outcome;
}

function render(outcome, again) {
  const { report, answer, source } = outcome;
  if (report) {
    const [style, content] = verdictView(report, answer.status);
    $('verdict').className = `verdict ${style}`;
    show('verdict', ...content.filter(Boolean));
    show('path', ...(SOURCES[source] ? [h('p', { class: 'source' }, SOURCES[source])] : []), ...traceView(report));
  } else {
    $('verdict').className = 'verdict good';
    show('verdict', h('p', { class: 'head' }, `${answer.status} ${answer.reason}`), h('p', {}, 'This route asks for no token, so nothing was checked.'));
  }
  $('path-card').hidden = !report;
  $('exchange-card').hidden = false;
  const note = again.some(([name]) => name === 'dpop')
    ? 'A proof passes once, and for a minute: this line has a fresh one where the request had a right one.'
    : '';
  show('exchange', ...exchangeView(outcome, curlLine(routeUrl(), again), note));
  bringIntoView($('verdict'));
}

/** On a phone the result is further down than the button. */
function bringIntoView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) element.scrollIntoView({ block: 'start' });
}

function describe() {
  const client = config.clients.find(({ id }) => id === $('client').value);
  $('client-about').textContent = client?.about ?? '';
  const flaw = config.flaws.find(({ code }) => code === $('flaw').value);
  $('flaw-about').textContent = flaw?.about ?? 'The token is as it should be.';
  $('organization-field').hidden = !['organization', 'api_within_organization'].includes($('target').value);
  $('mfa-field').hidden = client?.id !== 'step-up';
  $('route-needs').textContent = config.routes.find(({ path }) => path === $('route').value)?.needs ?? '';
}

function choose(preset) {
  for (const name of ['client', 'target', 'flaw', 'lifetime', 'route']) $(name).value = preset[name];
  for (const input of document.querySelectorAll('#scopes input, #mfa')) input.checked = false;
  document.querySelector(`input[name="binding"][value="${preset.binding}"]`).checked = true;
  describe();
}

function presetButton([name, preset]) {
  const button = h('button', { type: 'button', 'aria-pressed': 'false' }, name);
  button.addEventListener('click', () =>
    attempt(async () => {
      press(button);
      choose(preset);
      await mint();
      $('manner').value = preset.manner;
      await send();
    }),
  );
  return button;
}

function press(button) {
  for (const other of document.querySelectorAll('.chips button')) other.setAttribute('aria-pressed', String(other === button));
}

function listen() {
  const submitted = (form, work) =>
    $(form).addEventListener('submit', (event) => {
      event.preventDefault();
      press();
      attempt(work);
    });
  submitted('mint', mint);
  submitted('paste', send);
  submitted('request', send);
  for (const name of ['client', 'target', 'flaw', 'route']) $(name).addEventListener('change', describe);
}

async function start() {
  config = await get('/playground/config');
  $('api').textContent = config.api;
  $('issuer').textContent = config.issuer;
  $('audience').textContent = config.audience;
  options($('client'), config.clients.map(({ id }) => [id, id]));
  options($('organization'), config.organizations.map((id) => [id, id]));
  options($('flaw'), [['', 'none'], ...config.flaws.map(({ code, title }) => [code, title])]);
  options($('route'), config.routes.map(({ path }) => [path, `GET ${path}`]));
  options($('manner'), mannersOf('bearer'));
  $('route').value = '/api/private';
  show('scopes', ...config.scopes.map((scope) => h('label', {}, h('input', { type: 'checkbox', value: scope }), h('code', {}, scope))));
  describe();
  listen();
  if (config.mode === 'external') {
    $('paste').hidden = false;
    return;
  }
  for (const id of ['mint', 'examples']) $(id).hidden = false;
  show('presets', ...PRESETS.map(presetButton));
  await startServerView();
}

attempt(start);
