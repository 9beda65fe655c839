// Where Nest calls guards from beside HTTP, and where another guard is.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { BearwardGuard, BearwardModule, Public, type RequestAuth, Scopes, Token } from 'bearward/nest';
import { lastValueFrom } from 'rxjs';
import request from 'supertest';
import { AUDIENCE, bearer, type Issuer, listen, PLATFORMS, start, startIssuer } from './issuer';

const OPTIONS = { issuer: 'http://127.0.0.1:1', audience: AUDIENCE };

class Handlers {
  read() {}

  @Public()
  open() {}
}

/** A context as Nest would make it for a handler that was not met when the application started. */
function contextOf(kind: string, args: unknown[], name: keyof Handlers = 'read'): ExecutionContext {
  const context = new ExecutionContextHost(args, Handlers, Handlers.prototype[name]);
  context.setType(kind);
  return context;
}

describe('the guard', () => {
  let guard: BearwardGuard;
  before(async () => {
    const module = await Test.createTestingModule({ imports: [BearwardModule.forRoot(OPTIONS)] }).compile();
    guard = module.get(BearwardGuard);
  });

  for (const [kind, args, message] of [
    ['rpc', [{}, {}], /protects HTTP, GraphQL and WebSockets, and no messages of microservices/],
    ['graphql', [null, {}, {}, {}], /finds no request in the context of GraphQL/],
    ['graphql', [null, {}, undefined, {}], /finds no request in the context of GraphQL/],
    ['graphql', [null, {}, { req: { user: 'made up' } }, {}], /finds no request in the context of GraphQL/],
    ['ws', [{}, {}], /has not seen the handshake of this WebSocket: write @ProtectedGateway\(\)/],
    ['telegraf', [{}], /cannot find a request in a context of the type 'telegraf'/],
  ] as Array<[string, unknown[], RegExp]>) {
    it(`refuses a handler of ${kind} that it finds no request for: ${JSON.stringify(args)}`, async () => {
      await assert.rejects(async () => guard.canActivate(contextOf(kind, args)), { message });
      assert.equal(await guard.canActivate(contextOf(kind, args, 'open')), true);
    });
  }

  it('finds the request of a reference, which has no arguments, and none in what a client has sent', async () => {
    const context = { req: { headers: {}, socket: {} } };
    assert.throws(() => guard.canActivate(contextOf('graphql', [{ id: 1 }, context, {}])), { status: 401 });
    assert.throws(() => guard.canActivate(contextOf('graphql', [{ id: 1 }, {}, context, {}])), { status: 401 });
    const message = /finds no request in the context of GraphQL/;
    assert.throws(() => guard.canActivate(contextOf('graphql', [{ id: 1 }, context, {}, {}])), { message });
    assert.throws(() => guard.canActivate(contextOf('graphql', [context, {}, {}])), { message });
  });

  it('never ends the process, or says yes, where it is called without a wait', async () => {
    const unseen = once(process, 'warning');
    const issuer = await startIssuer();
    const token = await issuer.token({ claims: { iss: OPTIONS.issuer } });
    await issuer.close();
    const asked = (authorization?: string) => contextOf('http', [{ headers: { authorization }, socket: {} }, {}]);
    assert.throws(() => guard.canActivate(asked()), { status: 401 });
    assert.ok(guard.canActivate(asked(`Bearer ${token}`)) instanceof Promise);
    assert.equal((await unseen)[0].code, 'BEARWARD_NOT_AWAITED');
    await assert.rejects(async () => guard.canActivate(asked(`Bearer ${token}`)), { status: 503 });
  });
});

describe('a hybrid application', () => {
  it('handles the messages that are marked as public', async () => {
    class Mixed {
      @Public()
      @MessagePattern('sum')
      sum(numbers: number[]) {
        return numbers.reduce((sum, one) => sum + one, 0);
      }

      @Get('private')
      read() {
        return ['secret'];
      }
    }
    Controller()(Mixed);
    const module = await Test.createTestingModule({
      imports: [BearwardModule.forRoot(OPTIONS)],
      controllers: [Mixed],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    const service = app.connectMicroservice(
      { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } },
      { inheritAppConfig: true },
    );
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    const { port } = service.unwrap<{ address(): { port: number } }>().address();
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
    assert.equal(await lastValueFrom(client.send('sum', [1, 2])), 3);
    assert.equal((await request(app.getHttpServer()).get('/private')).status, 401);
    client.close();
    await app.close();
  });
});

/** What a guard of the application sees of the request. */
const seen: string[] = [];

@Injectable()
class Looking implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { auth } = context.switchToHttp().getRequest<{ auth?: RequestAuth }>();
    seen.push(String(auth?.payload.sub));
    return true;
  }
}

@Controller()
class Api {
  @Get('private')
  read(@Token() token: RequestAuth) {
    return { sub: token.payload.sub };
  }

  @UseGuards(Looking)
  @Get('looked-at')
  lookedAt() {
    return [];
  }
}

for (const platform of PLATFORMS) {
  describe(`guards of the application, on ${platform}`, () => {
    let issuer: Issuer;
    let token: string;
    before(async () => {
      issuer = await startIssuer();
      token = await issuer.token();
    });
    after(() => issuer.close());
    const bearward = () => BearwardModule.forRoot({ issuer: issuer.issuer, audience: AUDIENCE });
    const LOOKING = { provide: APP_GUARD, useClass: Looking };

    it('see the token on routes, and in modules that are imported later', async () => {
      @Module({ providers: [LOOKING] })
      class Later {}
      const app = await start(platform, { imports: [bearward(), Later], controllers: [Api] });
      const ask = (path: string) =>
        request(app.getHttpServer())
          .get(path)
          .set(...bearer(token));
      seen.length = 0;
      assert.equal((await ask('/private')).status, 200);
      assert.deepEqual(seen, ['alice']);
      assert.equal((await ask('/looked-at')).status, 200);
      assert.deepEqual(seen, ['alice', 'alice', 'alice']);
      await app.close();
    });

    it('of the root module are called before', async () => {
      const app = await start(platform, { imports: [bearward()], providers: [LOOKING], controllers: [Api] });
      seen.length = 0;
      assert.equal(
        (
          await request(app.getHttpServer())
            .get('/private')
            .set(...bearer(token))
        ).status,
        200,
      );
      assert.deepEqual(seen, ['undefined']);
      await app.close();
    });

    it('may take the place of ours in tests', async () => {
      class Scoped {
        @Scopes('read')
        @Get('scoped')
        scoped(@Token() token: RequestAuth) {
          return { sub: token.payload.sub };
        }

        @Get('plain')
        plain() {
          return [];
        }
      }
      Controller()(Scoped);
      const fake = {
        canActivate(context: ExecutionContext) {
          context.switchToHttp().getRequest().auth = { payload: { sub: 'bob' }, scopes: ['read'] };
          return true;
        },
      };
      const testing = () => Test.createTestingModule({ imports: [bearward()], controllers: [Scoped] });
      const module = await testing().overrideProvider(BearwardGuard).useValue(fake).compile();
      const app = await listen(platform, module);
      const { status, body } = await request(app.getHttpServer()).get('/scoped');
      assert.deepEqual([status, body], [200, { sub: 'bob' }]);
      assert.equal((await request(app.getHttpServer()).get('/plain')).status, 200);
      await app.close();
      // What one test has put in its place is not there in the next.
      const next = await listen(platform, await testing().compile());
      for (const path of ['/scoped', '/plain']) {
        assert.equal((await request(next.getHttpServer()).get(path)).status, 401);
      }
      await next.close();
    });
  });
}
