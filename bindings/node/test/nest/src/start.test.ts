// What an application must not start with, and what becomes of it when it does all the same.

import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Controller,
  Get,
  Injectable,
  Module,
  type ModuleMetadata,
  SetMetadata,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  BearwardGuard,
  BearwardModule,
  type BearwardOptionsFactory,
  OptionalAuth,
  ProtectedGateway,
  Public,
  Requires,
  scopes,
  Scopes,
  Token,
} from 'bearward/nest';
import request from 'supertest';
import { AUDIENCE, listen, PLATFORMS, start } from './issuer';

const OPTIONS = { issuer: 'http://127.0.0.1:1', audience: AUDIENCE };
const bearward = () => BearwardModule.forRoot(OPTIONS);
const compile = (metadata: ModuleMetadata) =>
  Test.createTestingModule({ imports: [bearward()], ...metadata }).compile();
const refused = (metadata: ModuleMetadata, message: RegExp) => assert.rejects(compile(metadata), { message });
const decorated = (...decorate: MethodDecorator[]) => {
  class Api {
    read() {
      return ['secret'];
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Api.prototype, 'read') as PropertyDescriptor;
  for (const one of decorate.reverse()) one(Api.prototype, 'read', descriptor);
  Controller()(Api);
  return Api;
};

describe('an application does not start', () => {
  it('with a module that has no options', async () => {
    await refused({ imports: [BearwardModule] }, /import BearwardModule\.forRoot\(options\), and not BearwardModule/);
  });

  it('with options that cannot work', async () => {
    assert.throws(() => BearwardModule.forRootAsync({}), /needs one of useFactory, useClass and useExisting/);
    assert.throws(
      () => BearwardModule.forRootAsync({ useFactory: () => OPTIONS, useClass: class {} as never }),
      /one of/,
    );
    assert.throws(
      () => BearwardModule.forRootAsync({ usefactory: () => OPTIONS } as never),
      /did you mean 'useFactory'/,
    );
    for (const [options, message] of [
      [{}, /You must provide/],
      [{ ...OPTIONS, audiance: 'x' }, /no option 'audiance'/],
      [{ ...OPTIONS, authRequired: false }, /'authRequired'; did you mean @OptionalAuth\(\)/],
      [{ ...OPTIONS, authRequired: true }, /'authRequired'/],
      ['a text', /./],
    ] as Array<[object, RegExp]>) {
      await refused({ imports: [BearwardModule.forRoot(options)] }, message);
    }
    for (const nothing of [undefined, null, Promise.resolve(undefined)]) {
      await refused(
        { imports: [BearwardModule.forRootAsync({ useFactory: () => nothing as never })] },
        /got no options/,
      );
    }
    await refused(
      { imports: [BearwardModule.forRootAsync({ useFactory: async () => assert.fail('no vault') })] },
      /no vault/,
    );
  });

  it('with two of the modules', async () => {
    @Module({ imports: [BearwardModule.forRoot({ ...OPTIONS, audience: 'other' })] })
    class Feature {}
    await refused({ imports: [bearward(), Feature] }, /forRoot\(\) was called more than once/);
  });

  it('with decorators that contradict each other', async () => {
    await refused(
      { controllers: [decorated(Get(), Public(), Scopes('a'))] },
      /^Api\.read has @Public\(\) and @Scopes\(\)/,
    );
    await refused({ controllers: [decorated(Get(), OptionalAuth(), Public())] }, /one or the other/);
    const [scoped, optional] = [decorated(Get(), Public()), decorated(Get(), Public())];
    Scopes('a')(scoped);
    OptionalAuth()(optional);
    await refused({ controllers: [scoped] }, /^Api\.read has @Public\(\), and Api has @Scopes\(\)/);
    await refused({ controllers: [optional] }, /^Api\.read has @Public\(\), and Api has @OptionalAuth\(\)/);
    class Opened extends scoped {}
    Public()(Opened);
    Controller('opened')(Opened);
    await refused({ controllers: [Opened] }, /^Opened has @Public\(\), and Api has @Scopes\(\)/);
  });

  it('with decorators that would be without effect', async () => {
    await refused(
      { controllers: [decorated(Scopes('a'))] },
      /^Api\.read is marked for Bearward without effect: it is no route/,
    );
    @Injectable()
    class Service {
      @Scopes('a')
      read() {}
    }
    await refused({ providers: [Service] }, /^Service\.read .*: it handles no request/);
    @Requires(scopes('a'))
    @Injectable()
    class Other {}
    await refused({ providers: [Other] }, /^Other .*: it is no controller, gateway or resolver/);
  });

  it('with a method that another decorator has exchanged', async () => {
    const exchange: MethodDecorator = (_target, _name, descriptor) => {
      const { value } = descriptor as PropertyDescriptor;
      return { ...descriptor, value: (...args: unknown[]) => value(...args) } as never;
    };
    class Api {
      @Get()
      @exchange
      @Scopes('a')
      read() {}
    }
    Controller()(Api);
    await refused({ controllers: [Api] }, /^Api\.read: another decorator has put a function in the place/);
  });

  it('with a gateway that no guard looks at', async () => {
    class Chat {
      @Scopes('a')
      @SubscribeMessage('say')
      say() {}
    }
    WebSocketGateway()(Chat);
    const message = /^Chat is a WebSocket gateway, .*: write @ProtectedGateway\(\) on it, or @Public\(\)/;
    await refused({ providers: [Chat] }, message);
    UseGuards(BearwardGuard)(Chat);
    await refused({ providers: [Chat] }, message);
    ProtectedGateway()(Chat);
    await compile({ providers: [Chat] });
    Public()(Chat);
    await compile({ providers: [Chat] });
    @Public()
    @WebSocketGateway()
    class Open {
      @Scopes('a')
      @SubscribeMessage('say')
      say() {}
    }
    await refused({ providers: [Open] }, /^Open is a WebSocket gateway/);
    class More extends Chat {}
    WebSocketGateway()(More);
    await refused({ providers: [More] }, /^More is a WebSocket gateway/);
  });

  it('with a field of GraphQL that Nest calls no guard for', async () => {
    @Resolver('User')
    class Users {
      @Query(() => String)
      user() {}

      @Scopes('a')
      @ResolveField(() => String)
      email() {}
    }
    const field = /^Users\.email resolves a field, .* fieldResolverEnhancers: \['guards'\]/;
    await assert.rejects((await compile({ providers: [Users] })).init(), { message: field });
    const options = { provide: 'GqlModuleOptions', useValue: { fieldResolverEnhancers: ['guards'] } };
    await (await compile({ providers: [Users, options] })).init();
  });

  it('with references of a federation that Nest calls no guard for', async () => {
    class Users {
      @ResolveReference()
      find() {}
    }
    Resolver('User')(Users);
    const reference = /^Users\.find resolves references of a federation, .* fieldResolverEnhancers: \['guards'\]/;
    const without = { provide: 'GqlModuleOptions', useValue: { fieldResolverEnhancers: ['filters'] } };
    await assert.rejects((await compile({ providers: [Users, without] })).init(), { message: reference });
    const options = { provide: 'GqlModuleOptions', useValue: { fieldResolverEnhancers: ['guards'] } };
    await (await compile({ providers: [Users, options] })).init();
    class Anyone extends Users {}
    OptionalAuth()(Anyone);
    Resolver('User')(Anyone);
    await assert.rejects((await compile({ providers: [Anyone] })).init(), { message: /^Anyone\.find resolves/ });
    Public()(Users);
    await (await compile({ providers: [Users] })).init();
  });

  it('with a field of a class that requires something, where Nest calls no guard for fields', async () => {
    class Users {
      @ResolveField(() => String)
      email() {}
    }
    Resolver('User')(Users);
    await (await compile({ providers: [Users] })).init();
    Scopes('a')(Users);
    const field = /^Users\.email resolves a field, /;
    await assert.rejects((await compile({ providers: [Users] })).init(), { message: field });
    class More extends Users {}
    Resolver('User')(More);
    await assert.rejects((await compile({ providers: [More] })).init(), { message: /^More\.email resolves a field, / });
  });

  it('with a method that opens the one that it overrides', async () => {
    class Base {
      @Scopes('a')
      read() {}
    }
    class Api extends Base {
      @Public()
      @Get('read')
      override read() {}
    }
    Controller()(Api);
    await refused({ controllers: [Api] }, /^Api\.read has @Public\(\), and Base\.read has @Scopes\(\)/);
    class Between extends Base {
      override read() {}
    }
    class Last extends Between {
      @OptionalAuth()
      @Get('read')
      override read() {}
    }
    Controller()(Last);
    await refused({ controllers: [Last] }, /^Last\.read has @OptionalAuth\(\), and Base\.read has @Scopes\(\)/);
    class Asking {
      @OptionalAuth()
      greet() {}
    }
    class Greeter extends Asking {
      @Public()
      @Get('greet')
      override greet() {}
    }
    Controller()(Greeter);
    await refused(
      { controllers: [Greeter] },
      /^Greeter\.greet has @Public\(\), and Asking\.greet has @OptionalAuth\(\)/,
    );
  });

  it('with one method for requests and for messages of a microservice', async () => {
    for (const pattern of [MessagePattern('sum'), EventPattern('made')]) {
      for (const more of [[], [Public()], [Scopes('a')]]) {
        await refused(
          { controllers: [decorated(Get('read'), pattern, ...more)] },
          /^Api\.read is a route and handles messages of a microservice as well: write two methods/,
        );
      }
    }
  });

  it('with handlers of a microservice', async () => {
    for (const pattern of [MessagePattern('sum'), EventPattern('made')]) {
      await refused(
        { controllers: [decorated(pattern)] },
        /^Api\.read handles messages of a microservice, .*@Public\(\)/,
      );
      await refused({ controllers: [decorated(pattern, Scopes('a'))] }, /microservice/);
      await compile({ controllers: [decorated(pattern, Public())] });
    }
  });
});

describe('a decorator is refused where it is written', () => {
  it('with what it cannot require', () => {
    for (const wrong of [
      () => Scopes(),
      () => Scopes(undefined as never),
      () => Scopes(['a'] as never),
      () => Scopes(''),
      () => Scopes('a b'),
      () => Requires(),
      () => Requires(undefined as never),
      () => Requires(scopes('a'), undefined as never),
      () => Requires({ scopes: ['a'] } as never),
    ]) {
      assert.throws(wrong, Error, String(wrong));
    }
  });

  it('without brackets', () => {
    class Api {}
    for (const [name, decorator] of Object.entries({ Public, OptionalAuth, Token, ProtectedGateway })) {
      assert.throws(() => (decorator as never as (type: object) => void)(Api), {
        message: new RegExp(`@${name}\\(\\), with brackets`),
      });
    }
  });

  it('on what is neither a class nor a method', () => {
    class Api {}
    assert.throws(() => (Scopes('a') as PropertyDecorator)(Api.prototype, 'name'), /on a class or a method/);
    // As a compiler without "experimentalDecorators" calls it.
    const standard = Public() as unknown as (value: unknown, context: object) => void;
    assert.throws(() => standard(Api, { kind: 'class' }), /experimentalDecorators/);
    assert.throws(() => standard(() => {}, { kind: 'method' }), /experimentalDecorators/);
  });
});

for (const platform of PLATFORMS) {
  describe(`on ${platform}`, () => {
    it('every route is protected wherever the module is imported', async () => {
      @Module({ imports: [bearward()], controllers: [] })
      class Feature {}
      class Api {
        @Get()
        read() {
          return ['secret'];
        }
      }
      Controller('elsewhere')(Api);
      const app = await start(platform, { imports: [Feature], controllers: [Api] });
      assert.equal((await request(app.getHttpServer()).get('/elsewhere')).status, 401);
      await app.close();
    });

    it('the options may come from elsewhere', async () => {
      const OTHER = Symbol('other');
      @Injectable()
      class Settings implements BearwardOptionsFactory {
        createBearwardOptions() {
          return OPTIONS;
        }
      }
      @Module({ providers: [Settings, { provide: OTHER, useValue: OPTIONS }], exports: [Settings, OTHER] })
      class Configuration {}
      const imports = [Configuration];
      for (const module of [
        BearwardModule.forRootAsync({ useFactory: async () => OPTIONS }),
        BearwardModule.forRootAsync({ imports, inject: [OTHER], useFactory: (given: typeof OPTIONS) => given }),
        BearwardModule.forRootAsync({ useClass: Settings }),
        BearwardModule.forRootAsync({ imports, useExisting: Settings }),
      ]) {
        const app = await start(platform, { imports: [module], controllers: [decorated(Get('read'))] });
        assert.equal((await request(app.getHttpServer()).get('/read')).status, 401);
        await app.close();
      }
    });

    it('a route that requires something is closed where the module was forgotten', async () => {
      const Api = decorated(Get('read'), Scopes('a'));
      // A unit test of the class alone needs no module.
      const module = await Test.createTestingModule({ controllers: [Api] }).compile();
      assert.deepEqual(module.get(Api as Type<InstanceType<typeof Api>>).read(), ['secret']);
      const app = await listen(platform, module);
      assert.equal((await request(app.getHttpServer()).get('/read')).status, 403);
      await app.close();
    });

    it('a route that overrides one that requires something is closed there, too', async () => {
      class Base {
        @Scopes('a')
        @Get('read')
        read() {
          return ['secret'];
        }

        @Get('other')
        other() {
          return ['other'];
        }

        @Public()
        @Get('open')
        open() {
          return ['open'];
        }
      }
      class Api extends Base {
        @Get('read')
        override read() {
          return ['secret'];
        }
      }
      class Last extends Api {
        @Get('read')
        override read() {
          return ['secret'];
        }
      }
      for (const type of [Base, Api, Last]) {
        Controller(type.name)(type);
        const statusOf = async (metadata: ModuleMetadata, route: string) => {
          const app = await start(platform, { controllers: [type], ...metadata });
          const { status } = await request(app.getHttpServer()).get(`/${type.name}/${route}`);
          await app.close();
          return status;
        };
        assert.equal(await statusOf({}, 'read'), 403, type.name);
        // Of these, Bearward was told nothing, or that they are open.
        assert.equal(await statusOf({}, 'other'), 200, type.name);
        assert.equal(await statusOf({}, 'open'), 200, type.name);
        const imports = [bearward()];
        assert.equal(await statusOf({ imports }, 'read'), 401, type.name);
        assert.equal(await statusOf({ imports }, 'other'), 401, type.name);
        assert.equal(await statusOf({ imports }, 'open'), 200, type.name);
      }
    });

    it('a marked method takes its guard along to another class', async () => {
      class Marked {
        @Scopes('a')
        @Get('read')
        read() {
          return ['secret'];
        }
      }
      class Api {}
      Object.defineProperty(Api.prototype, 'read', { value: Marked.prototype.read, writable: true });
      Controller()(Api);
      const app = await start(platform, { controllers: [Api] });
      assert.equal((await request(app.getHttpServer()).get('/read')).status, 403);
      await app.close();
    });

    it("an application's own metadata opens nothing", async () => {
      const Api = decorated(Get('read'), SetMetadata('isPublic', true), SetMetadata('bearward', 'public'));
      const app = await start(platform, { imports: [bearward()], controllers: [Api] });
      assert.equal((await request(app.getHttpServer()).get('/read')).status, 401);
      await app.close();
    });

    it('a token without a guard that let it in is an error', async () => {
      class Api {
        @Get('read')
        read(@Token() token: unknown) {
          return { token };
        }
      }
      Controller()(Api);
      const module = await Test.createTestingModule({ imports: [bearward()], controllers: [Api] })
        .overrideProvider(BearwardGuard)
        .useValue({ canActivate: () => true })
        .compile();
      const app = await listen(platform, module);
      assert.equal((await request(app.getHttpServer()).get('/read')).status, 500);
      await app.close();
    });
  });
}
