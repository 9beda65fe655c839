// Elements are made of text and properties only: what a token says never becomes markup.

export const $ = (id) => document.getElementById(id);

/** An element with properties, such as `class`, and children: elements or texts. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function show(id, ...children) {
  $(id).replaceChildren(...children);
}

/** Fills a select with pairs of value and label, and keeps what was chosen where it still is there. */
export function options(select, pairs) {
  const chosen = select.value;
  select.replaceChildren(...pairs.map(([value, label]) => h('option', { value }, label)));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}

/** A sentence in which names are between backticks. */
export function prose(text) {
  return text.split('`').map((part, place) => (place % 2 ? h('code', {}, part) : part));
}

/** Text with a button that copies it. */
export function copyable(text, what) {
  const button = h('button', { type: 'button', 'aria-label': `Copy ${what}` }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Select it';
    }
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
  return h('div', { class: 'copyable' }, h('pre', { tabindex: '0', 'aria-label': what }, text), button);
}

/** Tells what the page itself could not do; nothing where all is well. */
export function trouble(message) {
  $('trouble').textContent = message ?? '';
  $('trouble').hidden = !message;
}
