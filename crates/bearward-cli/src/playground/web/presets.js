// One click shows one thing: what the token is, where it goes, and how.

const ROUTE = '/api/private';

export const PRESETS = [
  ['A good token', {}],
  ['Expired', { flaw: 'expired' }],
  ['Wrong audience', { flaw: 'wrong_audience' }],
  ['Forged signature', { flaw: 'other_key' }],
  ['alg none', { flaw: 'none' }],
  ['Changed claims', { flaw: 'changed_claims', route: '/secured/claim', client: 'reader' }],
  ['Scope missing', { client: 'reader', route: '/api/protected' }],
  ['Another organization', { target: 'api_within_organization', route: '/api/organizations/org_2/data' }],
  ['DPoP', { binding: 'dpop' }],
  ['Stolen DPoP token', { binding: 'dpop', manner: 'other-key' }],
  ['Certificate', { binding: 'certificate' }],
  ['Step-up', { client: 'step-up', route: '/api/step-up' }],
  ['Opaque', { client: 'opaque' }],
  ['Revoked', { client: 'opaque', flaw: 'revoked' }],
  ['No token', { manner: 'none' }],
].map(([name, changes]) => [
  name,
  { client: 'demo', target: 'api', binding: 'bearer', flaw: '', lifetime: '', manner: 'right', route: ROUTE, ...changes },
]);
