// Resolvers of GraphQL, with the driver of Mercurius.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { Field, GraphQLModule, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { BearwardModule, OptionalAuth, Public, type RequestAuth, Requires, role, Scopes, Token } from 'bearward/nest';
import request from 'supertest';
import { AUDIENCE, bearer, type Issuer, start, startIssuer } from './issuer';

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

describe('resolvers', () => {
  let issuer: Issuer;
  let app: INestApplication;

  const ask = async (query: string, token?: string) => {
    const sent = request(app.getHttpServer()).post('/graphql');
    const { body, headers } = await (token === undefined ? sent : sent.set(...bearer(token))).send({ query });
    return { ...body, challenge: headers['www-authenticate'] };
  };

  before(async () => {
    issuer = await startIssuer();
    const graphql = GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      autoSchemaFile: true,
      fieldResolverEnhancers: ['guards'],
    });
    app = await start('fastify', {
      imports: [BearwardModule.forRoot({ issuer: issuer.issuer, audience: AUDIENCE }), graphql],
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
