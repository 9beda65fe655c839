// The page of `bearward explain --web`: the reader's token, held against what an API accepts.

import { $, show, trouble } from './dom.js';
import { get, post } from './server.js';
import { tokenView } from './token-view.js';
import { traceView, verdictView } from './trace-view.js';

const FIELDS = ['issuer', 'audience', 'scope'];

async function explain() {
  const proof = $('proof').value.trim();
  const asked = { token: $('pasted').value };
  for (const name of FIELDS) asked[name] = $(name).value.trim();
  if (proof) Object.assign(asked, { dpop_proof: proof, method: $('method').value.trim(), url: $('url').value.trim() });
  // People paste whole headers; the token is the last word of one.
  const token = asked.token.trim().split(/\s+/).at(-1);
  const { report } = await post('/explain', asked);
  const [style, content] = verdictView(report, report.verdict.status);
  $('verdict').className = `verdict ${style}`;
  show('verdict', ...content.filter(Boolean));
  $('path-card').hidden = false;
  $('token-card').hidden = false;
  show('path', ...traceView(report));
  const form = report.provider ? `A token in the form of ${report.provider.title}.` : '';
  show('token', ...tokenView(token, form));
}

$('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = event.submitter;
  trouble();
  if (button) button.disabled = true;
  try {
    await explain();
  } catch (error) {
    trouble(error.message);
  } finally {
    if (button) button.disabled = false;
  }
});

try {
  const given = await get('/explain/defaults');
  for (const name of FIELDS) $(name).value ||= given[name] ?? '';
} catch (error) {
  trouble(error.message);
}
