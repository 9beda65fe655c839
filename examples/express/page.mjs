// The API's first page: its routes, and what to paste.

const ROUTES = [
  ['/api/public', 'nothing'],
  ['/api/private', 'a valid token'],
  ['/api/private-scoped', 'the scope read:messages'],
  ['/api/protected', 'the scopes api:read and api:write'],
  ['/api/protected/detailed', 'the scopes api:read and api:write'],
  ['/secured/token', 'a valid token'],
  ['/secured/scope', 'the scopes openid and profile'],
  ['/secured/claim', 'the claim role with the value admin'],
  ['/api/step-up', 'an authentication of the class mfa (acr), five minutes ago at most (auth_time)'],
  [
    '/api/organizations/{org}/members',
    "the organization's permission read:member: a token for the audience urn:logto:organization:{org}",
  ],
  [
    '/api/organizations/{org}/data',
    'the scope read:data in a token for this API with the claim organization_id of {org}',
  ],
  ['/api/files', 'the scope files:read, or one that includes it: files:write, files:admin'],
  [
    '/api/payments',
    'authorization details of the type payment_initiation with the action initiate, the location https://api.example.com/payments and the currency EUR',
  ],
  [
    '/api/reports/{name}',
    'for yearly the scope reports:read, for salaries reports:salaries as well; others are refused',
  ],
];

/** Answers `GET /`. */
export function page({ issuer, audience }) {
  return (req, res) => {
    const { localAddress, localPort } = req.socket;
    const base = `http://${localAddress}:${localPort}`;
    // The page is plain; whatever should get into it all the same is not run.
    res.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    res.type('html').send(render({ issuer, audience, base }));
  };
}

function render({ issuer, audience, base }) {
  const rows = ROUTES.map(([path, needs]) => `<tr><td><code>GET&nbsp;${path}</code></td><td>${needs}</td></tr>`);
  const lines = ROUTES.map(([path]) => {
    const header = path === '/api/public' ? '' : '-H "Authorization: Bearer $TOKEN" ';
    return `curl -iw '\\n' ${header}${base}${path.replace('{org}', 'org_1').replace('{name}', 'yearly')}`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Bearward demo in Express</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid #8884; }
  code, pre { font: 14px/1.5 ui-monospace, monospace; }
  pre { overflow-x: auto; padding: .6rem .8rem; background: #8881; border-radius: 6px; }
</style>
<h1>A protected API</h1>
<p>It accepts tokens of the authorization server <code>${escaped(issuer)}</code> for the audience
<code>${escaped(audience)}</code>.</p>
<h2>Routes</h2>
<table>
<tr><th>route</th><th>needs</th></tr>
${rows.join('\n')}
</table>
<h2>Try it</h2>
<p>Paste an access token of that authorization server between the quotes of the first line.</p>
<pre>TOKEN=''
${escaped(lines.join('\n'))}</pre>
</html>
`;
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that stays text in HTML. */
function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
