// What a request is answered, on both platforms.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  All,
  type ArgumentsHost,
  Catch,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  Get,
  HttpException,
  type INestApplication,
  Injectable,
  Param,
  Post,
  Req,
  Scope,
  Sse,
  UnauthorizedException,
  UploadedFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
  Version,
  VersioningType,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import {
  BearwardGuard,
  BearwardModule,
  OptionalAuth,
  organization,
  Public,
  Refusal,
  type RequestAuth,
  Requires,
  role,
  Scopes,
  Token,
} from 'bearward/nest';
import { type Observable, of } from 'rxjs';
import request from 'supertest';
import { AUDIENCE, bearer, type Issuer, PLATFORMS, start, startIssuer } from './issuer';

const ALGS = 'algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519"';
/** What a client is told to ask for. */
const SCOPES: Record<string, string> = {
  scoped: 'read write',
  many: 'read write',
  class: 'read',
  'sub/more': 'read',
};

@Catch(UnauthorizedException)
class Filter implements ExceptionFilter {
  catch(exception: UnauthorizedException, host: ArgumentsHost) {
    const { cause } = exception;
    assert.ok(cause instanceof Refusal);
    const { code, headers } = cause;
    const body = { code, status: exception.getStatus(), challenge: headers['WWW-Authenticate'], own: true };
    const res = host.switchToHttp().getResponse();
    if (typeof res.json === 'function') res.status(418).json(body);
    else res.status(418).send(body);
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  readonly made = true;
}

@Controller()
class Api {
  @Get('private')
  readPrivate(@Token() token: RequestAuth, @Req() req: { auth?: RequestAuth }) {
    return { sub: token.payload.sub, same: req.auth === token };
  }

  @Public()
  @Get('public')
  readPublic(@Token() token: RequestAuth | undefined) {
    return { auth: token ?? null };
  }

  @OptionalAuth()
  @Get('optional')
  readOptional(@Token() token: RequestAuth | undefined) {
    return { sub: token?.payload.sub ?? null };
  }

  @Scopes('read', 'write')
  @Get('scoped')
  readScoped() {
    return ['scoped'];
  }

  @Scopes('read')
  @Scopes('write')
  @Requires(role('admin'))
  @Get('many')
  readMany() {
    return ['many'];
  }

  @Requires(organization({ fromPath: 'org' }))
  @Get('organizations/:org')
  readOrganization(@Param('org') org: string) {
    return { org };
  }

  @Get('guarded')
  @UseGuards(BearwardGuard)
  readGuarded() {
    return ['guarded'];
  }

  @Get('filtered')
  @UseFilters(Filter)
  readFiltered() {
    return ['filtered'];
  }

  @Sse('events')
  events(@Token() token: RequestAuth): Observable<{ data: object }> {
    return of({ data: { sub: token.payload.sub } });
  }

  @Get('serialized')
  @UseInterceptors(ClassSerializerInterceptor)
  serialized(@Token() token: RequestAuth) {
    return token.info;
  }

  @Get('teapot')
  teapot() {
    throw new HttpException('short and stout', 418);
  }

  @All('all')
  all() {
    return ['all'];
  }

  @Post('form')
  form(@Token() token: RequestAuth) {
    return { sub: token.payload.sub };
  }

  @Version('2')
  @Get('versioned')
  versioned() {
    return ['two'];
  }
}

@Controller('per-request')
class PerRequestApi {
  constructor(private readonly own: PerRequest) {}

  @Scopes('read')
  @Get()
  read(@Token() token: RequestAuth) {
    return { sub: token.payload.sub, made: this.own.made };
  }
}

@Scopes('read')
@Controller('class')
class ScopedApi {
  @Get()
  read() {
    return ['class'];
  }

  @Scopes('write')
  @Get('both')
  both() {
    return ['both'];
  }
}

@Controller('sub')
class SubApi extends ScopedApi {
  @Get('more')
  more() {
    return ['more'];
  }
}

/** A method that overrides another one is its own route, and needs what that one needs. */
class ManyApi {
  @Scopes('read')
  @Get()
  read() {
    return ['base'];
  }

  @Public()
  @Get('open')
  open() {
    return ['base'];
  }
}

@Controller('overriding')
class OverridingApi extends ManyApi {
  @Get()
  override read() {
    return ['overriding'];
  }

  @Scopes('write')
  @Get('open')
  override open() {
    return ['overriding'];
  }
}

@Controller('closing')
class ClosingApi extends ManyApi {
  @Requires(role('admin'))
  @Get()
  override read() {
    return ['closing'];
  }

  @Get('open')
  override open() {
    return ['closing'];
  }
}

@Public()
@Controller('open')
class OpenApi {
  @Get()
  read() {
    return ['open'];
  }

  @Scopes('read')
  @Get('scoped')
  scoped() {
    return ['stricter'];
  }
}

@Controller('upload')
class Uploads {
  static uploads = 0;

  @Post()
  @UseInterceptors(
    FileInterceptor('file', {
      fileFilter: (_req, _file, callback) => {
        Uploads.uploads += 1;
        callback(null, true);
      },
    }),
  )
  upload(@UploadedFile() file: { size: number }) {
    return { size: file.size };
  }
}

for (const platform of PLATFORMS) {
  describe(`on ${platform}`, () => {
    let issuer: Issuer;
    let app: INestApplication;
    const ask = (path: string) => request(app.getHttpServer()).get(path);
    const token = (scope?: string, more: object = {}) => issuer.token({ claims: { ...(scope && { scope }), ...more } });

    before(async () => {
      issuer = await startIssuer();
      const { issuer: url } = issuer;
      const controllers = [
        Api,
        PerRequestApi,
        ScopedApi,
        SubApi,
        OverridingApi,
        ClosingApi,
        OpenApi,
        ...(platform === 'express' ? [Uploads] : []),
      ];
      app = await start(
        platform,
        {
          imports: [BearwardModule.forRoot({ issuer: url, audience: AUDIENCE })],
          controllers,
          providers: [PerRequest],
        },
        (made) => made.setGlobalPrefix('v').enableVersioning({ type: VersioningType.HEADER, header: 'version' }),
      );
    });
    after(async () => {
      await app.close();
      await issuer.close();
    });

    it('a method that overrides another needs what that one requires, and is not open because that one is', async () => {
      const statuses = async (path: string, ...given: Array<string | undefined>) => {
        const answers = given.map((one) => (one === undefined ? ask(path) : ask(path).set(...bearer(one))));
        return (await Promise.all(answers)).map(({ status }) => status);
      };
      const [none, read, write] = [await token(), await token('read'), await token('write')];
      const admin = await token('read', { roles: ['admin'] });
      const other = await token('write', { roles: ['admin'] });
      assert.deepEqual(await statuses('/v/overriding', undefined, none, read), [401, 403, 200]);
      assert.deepEqual(await statuses('/v/overriding/open', undefined, none, write), [401, 403, 200]);
      assert.deepEqual(await statuses('/v/closing', undefined, read, other, admin), [401, 403, 403, 200]);
      assert.deepEqual(await statuses('/v/closing/open', undefined, none), [401, 200]);
    });

    it('every route needs a token', async () => {
      for (const path of ['private', 'scoped', 'many', 'guarded', 'events', 'all', 'teapot', 'class', 'sub/more']) {
        const { status, headers, body } = await ask(`/v/${path}`);
        assert.deepEqual([status, body.error], [401, 'unauthorized'], path);
        const scope = SCOPES[path] === undefined ? '' : `, scope="${SCOPES[path]}"`;
        assert.equal(
          headers['www-authenticate'],
          `Bearer realm="api"${scope}, DPoP realm="api"${scope}, ${ALGS}`,
          path,
        );
        assert.equal(headers['cache-control'], 'no-store');
      }
    });

    it('a handler gets the token of a good request', async () => {
      const { status, body } = await ask('/v/private').set(...bearer(await token()));
      assert.deepEqual([status, body], [200, { sub: 'alice', same: true }]);
    });

    it('a bad token is refused with the words of the core', async () => {
      const { status, headers, body } = await ask('/v/private').set(...bearer('garbage'));
      assert.equal(status, 401);
      assert.match(
        headers['www-authenticate'] as string,
        /^Bearer realm="api", error="invalid_token", error_description="[^"]+", DPoP/,
      );
      assert.deepEqual(Object.keys(body), ['error', 'error_description']);
      assert.match(headers['content-type'] as string, /^application\/json/);
    });

    it('public routes look at no token', async () => {
      assert.deepEqual((await ask('/v/public')).body, { auth: null });
      assert.deepEqual((await ask('/v/public').set(...bearer('garbage'))).body, { auth: null });
      assert.equal((await ask('/v/open')).status, 200);
    });

    it('optional routes let anonymous requests in, and no bad token', async () => {
      assert.deepEqual((await ask('/v/optional')).body, { sub: null });
      assert.deepEqual((await ask('/v/optional').set(...bearer(await token()))).body, { sub: 'alice' });
      assert.equal((await ask('/v/optional').set(...bearer('garbage'))).status, 401);
    });

    it('a missing scope is asked for', async () => {
      const { status, headers, body } = await ask('/v/scoped').set(...bearer(await token('read')));
      assert.equal(status, 403);
      assert.match(headers['www-authenticate'] as string, /error="insufficient_scope".*scope="read write"/);
      assert.equal(body.error, 'insufficient_scope');
      assert.equal((await ask('/v/scoped').set(...bearer(await token('read write')))).status, 200);
    });

    it('decorators of one method, of its class and of the classes above hold together', async () => {
      const admin = { roles: ['admin'] };
      assert.equal((await ask('/v/many').set(...bearer(await token('read', admin)))).status, 403);
      assert.equal((await ask('/v/many').set(...bearer(await token('write', admin)))).status, 403);
      assert.equal((await ask('/v/many').set(...bearer(await token('read write')))).status, 403);
      assert.equal((await ask('/v/many').set(...bearer(await token('read write', admin)))).status, 200);
      assert.equal((await ask('/v/class').set(...bearer(await token()))).status, 403);
      assert.equal((await ask('/v/class').set(...bearer(await token('read')))).status, 200);
      assert.equal((await ask('/v/class/both').set(...bearer(await token('write')))).status, 403);
      assert.equal((await ask('/v/class/both').set(...bearer(await token('read write')))).status, 200);
      for (const path of ['sub', 'sub/more']) {
        assert.equal((await ask(`/v/${path}`).set(...bearer(await token()))).status, 403, path);
        assert.equal((await ask(`/v/${path}`).set(...bearer(await token('read')))).status, 200, path);
      }
      assert.equal((await ask('/v/open/scoped')).status, 401);
      assert.equal((await ask('/v/open/scoped').set(...bearer(await token('read')))).status, 200);
    });

    it('a requirement reads the parameters of the path', async () => {
      const own = await token('', { organization_id: 'org_1' });
      assert.equal((await ask('/v/organizations/org_1').set(...bearer(own))).status, 200);
      assert.equal((await ask('/v/organizations/org_2').set(...bearer(own))).status, 403);
    });

    it('a guard of the route beside that of the application changes nothing', async () => {
      assert.equal((await ask('/v/guarded').set(...bearer(await token()))).status, 200);
    });

    it('a filter of the application gets the exception that it names, with the refusal as its cause', async () => {
      const { status, body } = await ask('/v/filtered');
      assert.deepEqual([status, body.code, body.status, body.own], [418, 'credential_missing', 401, true]);
      assert.match(body.challenge, /^Bearer realm="api", DPoP/);
      assert.equal((await ask('/v/teapot').set(...bearer(await token()))).status, 418);
    });

    it('events are sent to those who may read them', async () => {
      assert.equal((await ask('/v/events')).status, 401);
      const { status, text } = await ask('/v/events').set(...bearer(await token()));
      assert.deepEqual([status, text.includes('data: {"sub":"alice"}')], [200, true]);
    });

    it('what is said of a token can be serialized', async () => {
      const { body } = await ask('/v/serialized').set(...bearer(await token('read')));
      assert.deepEqual(body, { sub: 'alice', clientId: 'app', scopes: ['read'], audience: [AUDIENCE] });
    });

    it('a controller that is made for each request is protected like the others', async () => {
      assert.equal((await ask('/v/per-request')).status, 401);
      assert.equal((await ask('/v/per-request').set(...bearer(await token()))).status, 403);
      const { body } = await ask('/v/per-request').set(...bearer(await token('read')));
      assert.deepEqual(body, { sub: 'alice', made: true });
    });

    it('each version and each method of a route is protected', async () => {
      assert.equal((await ask('/v/versioned').set('version', '2')).status, 401);
      assert.equal(
        (
          await ask('/v/versioned')
            .set('version', '2')
            .set(...bearer(await token()))
        ).status,
        200,
      );
      for (const method of ['post', 'put', 'delete', 'patch', 'head', 'options'] as const) {
        assert.equal((await request(app.getHttpServer())[method]('/v/all')).status, 401, method);
      }
    });

    it('a form is no place for a token', async () => {
      const post = () => request(app.getHttpServer()).post('/v/form').type('form');
      assert.equal((await post().send({})).status, 401);
      assert.equal((await post().send({ access_token: await token() })).status, 401);
      const { body } = await post()
        .send({ access_token: 'garbage' })
        .set(...bearer(await token()));
      assert.deepEqual(body, { sub: 'alice' });
    });

    it('two credentials are refused', async () => {
      const { status, body } = await ask('/v/private?access_token=a').set(...bearer(await token()));
      assert.deepEqual([status, body.error], [400, 'invalid_request']);
    });

    if (platform === 'express') {
      it('a file is not read before the token was', async () => {
        const upload = () =>
          request(app.getHttpServer()).post('/v/upload').attach('file', Buffer.from('content'), 'a.txt');
        assert.equal((await upload()).status, 401);
        assert.equal(Uploads.uploads, 0);
        const { status, body } = await upload().set(...bearer(await token()));
        assert.deepEqual([status, body], [201, { size: 7 }]);
      });
    }

    it('keys that cannot be had are 503, with the time to come again', async () => {
      const lonely = await start(platform, {
        imports: [BearwardModule.forRoot({ issuer: 'http://127.0.0.1:1', audience: AUDIENCE })],
        controllers: [Api],
      });
      try {
        const good = await issuer.token({ claims: { iss: 'http://127.0.0.1:1' } });
        const { status, headers, body } = await request(lonely.getHttpServer())
          .get('/private')
          .set(...bearer(good));
        assert.deepEqual([status, body.error], [503, 'temporarily_unavailable']);
        assert.match(headers['retry-after'] as string, /^\d+$/);
        assert.equal(headers['www-authenticate'], undefined);
        await assert.rejects(lonely.get(BearwardGuard).ready(), { name: 'NotReadyError' });
      } finally {
        await lonely.close();
      }
    });
  });
}
