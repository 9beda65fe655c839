// Resolvers of GraphQL, with the drivers of Mercurius and of Apollo.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { on, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import type { INestApplication } from '@nestjs/common';
import { Field, GraphQLModule, ObjectType, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { BearwardModule, OptionalAuth, Public, type RequestAuth, Requires, role, Scopes, Token } from 'bearward/nest';
import request from 'supertest';
import { WebSocket } from 'ws';
import { AUDIENCE, bearer, type Issuer, load, start, startIssuer } from './issuer';

@ObjectType()
class User {
  @Field(() => String)
  name!: string;
}

@Resolver(() => User)
class Users {
  @Query(() => User)
  me(@Token() token: RequestAuth): User {
    return { name: String(token.payload.sub) };
  }

  @Scopes('read')
  @Query(() => [User])
  users(): User[] {
    return [{ name: 'ada' }];
  }

  @Public()
  @Query(() => String)
  version(): string {
    return '1';
  }

  @OptionalAuth()
  @Query(() => String)
  greeting(@Token() token: RequestAuth | undefined): string {
    return `hello, ${token?.payload.sub ?? 'stranger'}`;
  }

  @Public()
  @Query(() => User)
  founder(): User {
    return { name: 'grace' };
  }

  @Requires(role('admin'))
  @ResolveField(() => String)
  email(@Parent() user: User): string {
    return `${user.name}@example.com`;
  }
}

const graphqlBy = (driver: string, more: object = {}) => {
  const options = { autoSchemaFile: true, fieldResolverEnhancers: ['guards' as const], ...more };
  return driver === 'Mercurius'
    ? GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, ...options })
    : GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, ...options });
};

for (const [driver, platform] of [
  ['Mercurius', 'fastify'],
  ['Apollo', 'express'],
] as const) {
  describe(`resolvers by the driver of ${driver}`, () => {
    let issuer: Issuer;
    let app: INestApplication;

    const ask = async (query: string, token?: string) => {
      const sent = request(app.getHttpServer()).post('/graphql');
      const { body, headers } = await (token === undefined ? sent : sent.set(...bearer(token))).send({ query });
      return { ...body, challenge: headers['www-authenticate'] };
    };

    before(async () => {
      issuer = await startIssuer();
      app = await start(platform, {
        imports: [BearwardModule.forRoot({ issuer: issuer.issuer, audience: AUDIENCE }), graphqlBy(driver)],
        providers: [Users],
      });
    });
    after(async () => {
      await app.close();
      await issuer.close();
    });

    it('need a token, and get it', async () => {
      const { data, errors, challenge } = await ask('{ me { name } }');
      assert.equal(data, null);
      assert.match(errors[0].message, /token|Unauthorized/i);
      assert.match(challenge, /^Bearer realm="api", DPoP/);
      assert.deepEqual((await ask('{ me { name } }', await issuer.token())).data, { me: { name: 'alice' } });
      assert.equal((await ask('{ me { name } }', 'garbage')).data, null);
    });

    it('need what they require, each by itself', async () => {
      const both = '{ me { name } users { name } }';
      const { data, challenge } = await ask(both, await issuer.token());
      assert.equal(data, null);
      assert.match(challenge, /error="insufficient_scope".*scope="read"/);
      const good = await ask(both, await issuer.token({ claims: { scope: 'read' } }));
      assert.deepEqual(good.data, { me: { name: 'alice' }, users: [{ name: 'ada' }] });
    });

    it('may be open', async () => {
      assert.deepEqual((await ask('{ version }')).data, { version: '1' });
      assert.deepEqual((await ask('{ greeting }')).data, { greeting: 'hello, stranger' });
      assert.deepEqual((await ask('{ greeting }', await issuer.token())).data, { greeting: 'hello, alice' });
      assert.equal((await ask('{ greeting }', 'garbage')).data, null);
    });

    it('of a field need what it requires, whoever resolved its parent', async () => {
      assert.equal((await ask('{ founder { email } }')).data, null);
      assert.equal((await ask('{ founder { email } }', await issuer.token())).data, null);
      const admin = await issuer.token({ claims: { roles: ['admin'] } });
      assert.deepEqual((await ask('{ founder { email } }', admin)).data, { founder: { email: 'grace@example.com' } });
    });
  });
}

@Resolver()
class News {
  @Public()
  @Query(() => String)
  version(): string {
    return '1';
  }

  @Subscription(() => String)
  async *news(@Token() token: RequestAuth) {
    yield { news: `for ${token.payload.sub}` };
  }

  @Scopes('read')
  @Subscription(() => String)
  async *secrets() {
    yield { secrets: 'secret' };
  }

  @Public()
  @Subscription(() => String)
  async *weather() {
    yield { weather: 'rain' };
  }
}

/** Subscribes by the protocol `graphql-transport-ws`; what is answered first, as one of `data` and `errors`. */
async function subscribe(port: number, query: string, headers: Record<string, string>, payload?: object) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { headers });
  const answers = on(socket, 'message');
  const answer = async () => JSON.parse(String(((await answers.next()).value as [Buffer])[0]));
  const send = (message: object) => socket.send(JSON.stringify(message));
  try {
    await once(socket, 'open');
    send({ type: 'connection_init', payload });
    assert.equal((await answer()).type, 'connection_ack');
    send({ type: 'subscribe', id: '1', payload: { query } });
    const { type, payload: answered } = await answer();
    return type === 'next' ? answered : { errors: answered };
  } finally {
    socket.terminate();
  }
}

describe('subscriptions over WebSockets', () => {
  let issuer: Issuer;
  let app: INestApplication & { port: number };
  before(async () => {
    issuer = await startIssuer();
    const graphql = GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      autoSchemaFile: true,
      subscription: true,
    });
    const options = {
      issuer: issuer.issuer,
      audience: AUDIENCE,
      clientCertificateHeader: { kind: 'client-cert' as const },
    };
    const module = { imports: [BearwardModule.forRoot(options), graphql], providers: [News] };
    const compiled = await Test.createTestingModule(module).compile();
    // The proxy in front is on this machine.
    const made = compiled.createNestApplication<NestFastifyApplication>(
      new FastifyAdapter({ trustProxy: '127.0.0.1' }),
      {
        logger: false,
      },
    );
    await made.listen(0, '127.0.0.1');
    const { port } = made.getHttpServer().address() as AddressInfo;
    app = Object.assign(made, { port });
  });
  after(async () => {
    await app.close();
    await issuer.close();
  });

  it('need the token of the handshake, or of the first message, and what they require', async () => {
    const token = await issuer.token();
    const headers = Object.fromEntries([bearer(token)]);
    const payload = { authorization: `Bearer ${token}` };
    for (const [given, message] of [
      [headers, undefined],
      [{}, payload],
      [{}, { headers: payload }],
    ] as const) {
      const good = await subscribe(app.port, 'subscription { news }', given, message);
      assert.deepEqual(good, { data: { news: 'for alice' } });
      const lacking = await subscribe(app.port, 'subscription { secrets }', given, message);
      assert.ok(lacking.errors, JSON.stringify(lacking));
    }
    const scoped = Object.fromEntries([bearer(await issuer.token({ claims: { scope: 'read' } }))]);
    assert.deepEqual(await subscribe(app.port, 'subscription { secrets }', scoped), { data: { secrets: 'secret' } });
    for (const [given, message] of [
      [{}, undefined],
      [{}, { authorization: 'Bearer garbage' }],
      [Object.fromEntries([bearer('garbage')]), payload],
    ] as const) {
      const refused = await subscribe(app.port, 'subscription { news }', given, message);
      assert.ok(refused.errors, JSON.stringify(refused));
    }
    assert.deepEqual(await subscribe(app.port, 'subscription { weather }', {}), { data: { weather: 'rain' } });
  });

  it('believe no first message what a proxy would say', async () => {
    const { selfSigned } = await load('client.mjs');
    const certificate = selfSigned('client');
    const value = `:${certificate.der.toString('base64')}:`;
    const cnf = { 'x5t#S256': createHash('sha256').update(certificate.der).digest('base64url') };
    const token = await issuer.token({ claims: { cnf } });
    const headers = Object.fromEntries([bearer(token)]);
    const ofProxy = await subscribe(app.port, 'subscription { news }', { ...headers, 'Client-Cert': value });
    assert.deepEqual(ofProxy, { data: { news: 'for alice' } });
    for (const [given, payload] of [
      [headers, { 'client-cert': value }],
      [{}, { 'client-cert': value, authorization: `Bearer ${token}` }],
      [{}, { headers: { 'client-cert': value, authorization: `Bearer ${token}` } }],
      [
        { 'Client-Cert': `:${selfSigned('another').der.toString('base64')}:` },
        { 'client-cert': value, authorization: `Bearer ${token}` },
      ],
    ] as const) {
      const refused = await subscribe(app.port, 'subscription { news }', given, payload);
      assert.ok(refused.errors, JSON.stringify(refused));
    }
  });
});

describe('subscriptions over WebSockets by the driver of Apollo', () => {
  it('are refused without the request, and need what they require with it', async () => {
    const issuer = await startIssuer();
    const options = { issuer: issuer.issuer, audience: AUDIENCE };
    const given = async (claims?: object) =>
      Object.fromEntries([bearer(await issuer.token({ claims: { ...claims } }))]);
    const subscriptions = { 'graphql-ws': true };
    type Given = { req?: object; extra: { request: object } };
    // As the guide has it.
    const context = ({ req, extra }: Given) => ({ req: req ?? extra.request });
    for (const more of [{ subscriptions }, { subscriptions, context }]) {
      const imports = [BearwardModule.forRoot(options), graphqlBy('Apollo', more)];
      const app = await start('express', { imports, providers: [News] });
      const ask = (query: string, headers: Record<string, string>, payload?: object) =>
        subscribe(app.port, `subscription { ${query} }`, headers, payload);
      try {
        const good = await ask('news', await given());
        const scoped = await ask('secrets', await given({ scope: 'read' }));
        if ('context' in more) {
          assert.deepEqual(good, { data: { news: 'for alice' } });
          assert.deepEqual(scoped, { data: { secrets: 'secret' } });
        } else {
          assert.ok(good.errors, JSON.stringify(good));
          assert.ok(scoped.errors, JSON.stringify(scoped));
        }
        for (const refused of [
          await ask('news', {}),
          await ask('news', {}, await given()),
          await ask('news', Object.fromEntries([bearer('garbage')])),
          await ask('secrets', await given()),
        ]) {
          assert.ok(refused.errors, JSON.stringify(refused));
        }
        assert.deepEqual(await ask('weather', {}), { data: { weather: 'rain' } });
      } finally {
        await app.close();
      }
    }
    await issuer.close();
  });
});

describe("resolvers with a context of the application's own", () => {
  it('find the request that the driver keeps beside it', async () => {
    const issuer = await startIssuer();
    const graphql = GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      autoSchemaFile: true,
      fieldResolverEnhancers: ['guards'],
      context: () => ({ req: { user: 'made up' } }),
    });
    const options = { issuer: issuer.issuer, audience: AUDIENCE };
    const app = await start('fastify', { imports: [BearwardModule.forRoot(options), graphql], providers: [Users] });
    const sent = request(app.getHttpServer())
      .post('/graphql')
      .set(...bearer(await issuer.token()));
    const { body } = await sent.send({ query: '{ me { name } version }' });
    assert.deepEqual(body.data, { me: { name: 'alice' }, version: '1' });
    await app.close();
    await issuer.close();
  });
});
