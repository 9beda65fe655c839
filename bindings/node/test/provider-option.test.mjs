// The option `provider`, and the variables in its place. What each preset accepts is tried by `providers.test.mjs`.

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { auth } from 'bearward/express';

const AUTH0 = { auth0: { domain: 'acme.eu.auth0.com', audience: 'https://api.example.com' } };
const VARIABLES = { PROVIDER: 'auth0', PROVIDER_DOMAIN: 'acme.eu.auth0.com', AUDIENCE: 'https://api.example.com' };

const refused = (options, start) =>
  assert.throws(
    () => auth(options),
    ({ message }) => message.startsWith(start) || assert.fail(message),
  );

describe('the option provider', () => {
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (/^(PROVIDER|AUDIENCE|ISSUER)/.test(name)) delete process.env[name];
  });

  it('says whose tokens count, also in what clients are told', () => {
    const { resourceMetadata } = auth({ provider: AUTH0, resource: { identifier: 'https://api.example.com' } });
    assert.deepEqual(JSON.parse(resourceMetadata.json).authorization_servers, ['https://acme.eu.auth0.com/']);
  });

  it('refuses what cannot work, and says what was meant', () => {
    refused({ provider: 'auth0' }, "'provider' must be an object with the name of one provider");
    refused({ provider: null }, "'provider' must not be null");
    refused({ provider: {} }, 'provider');
    refused({ provider: { auth: {} } }, 'provider: there is no preset "auth"; did you mean "auth0"?');
    refused(
      { provider: { auth0: { domian: 'acme.eu.auth0.com' } } },
      'provider.auth0: there is no setting "domian"; did you mean "domain"?',
    );
    refused({ provider: { auth0: { domain: 'acme.eu.auth0.com' } } }, 'provider.auth0.audience is missing');
    refused({ provider: { auth0: { ...AUTH0.auth0, domain: 'acme.eu.auth0.com/x' } } }, 'provider.auth0.domain');
    refused({ provider: { ...AUTH0, firebase: { project: 'acme' } } }, 'provider');
    refused({ providers: AUTH0 }, "auth() has no option 'providers'");
  });

  it('refuses beside it what it says itself, and what would weaken it', () => {
    for (const [name, value] of Object.entries({
      issuerBaseURL: 'https://issuer.example',
      issuer: 'https://issuer.example',
      jwksUri: 'https://issuer.example/keys',
      audience: 'api',
      secret: 'x'.repeat(32),
      secretBesideKeys: 'x'.repeat(32),
      publicKey: { keys: [] },
      tokenSigningAlg: 'RS256',
      loadBalancer: { arn: 'x' },
      mcd: { issuers: 'https://issuer.example' },
      introspection: { clientId: 'api', clientSecret: 'secret' },
      tokensWithoutAudience: { clientId: 'app' },
    })) {
      refused({ provider: AUTH0, [name]: value }, `You must not provide both 'provider' and '${name}'`);
    }
    for (const [group, options] of Object.entries({
      validators: { iss: false, aud: () => true },
      dangerous: { plainHttp: true, tokensWithoutIssuer: true },
    })) {
      for (const [name, value] of Object.entries(options)) {
        refused(
          { provider: AUTH0, [group]: { [name]: value } },
          `You must not provide both 'provider' and '${group}.${name}'`,
        );
      }
    }
  });

  it('may be in the environment, where nothing else names an issuer', () => {
    Object.assign(process.env, VARIABLES);
    const { resourceMetadata } = auth({ resource: { identifier: 'https://api.example.com' } });
    assert.deepEqual(JSON.parse(resourceMetadata.json).authorization_servers, ['https://acme.eu.auth0.com/']);
    refused({ audience: 'api' }, "You must not provide both 'provider' and 'audience'");
    // Options come before variables: the one of another program is not looked at.
    auth({ issuerBaseURL: 'https://issuer.example', audience: 'api' });

    process.env.ISSUER = 'https://issuer.example';
    refused({}, 'You must not provide both the variables PROVIDER and ISSUER');
    delete process.env.ISSUER;
    process.env.PROVIDER_DOMIAN = 'acme.eu.auth0.com';
    refused({}, 'provider.auth0: there is no setting "domian"; did you mean "domain"?');
  });

  it('does not read variables of an issuer beside the option', () => {
    Object.assign(process.env, { ISSUER_BASE_URL: 'https://other.example', AUDIENCE: 'other' });
    const { resourceMetadata } = auth({ provider: AUTH0, resource: { identifier: 'https://api.example.com' } });
    assert.deepEqual(JSON.parse(resourceMetadata.json).authorization_servers, ['https://acme.eu.auth0.com/']);
  });
});
