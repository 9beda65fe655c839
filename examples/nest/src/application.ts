// The application, on either platform.

import { type ArgumentsHost, Catch, HttpException, type HttpServer, Module } from '@nestjs/common';
import { BaseExceptionFilter, NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BearwardModule, type BearwardOptions, Refusal } from 'bearward/nest';
import { Api, Organizations, OtherMethods, Reports, Secured, Tools } from './api.js';

/** The address that the proxy in front connects from. */
const PROXY = '127.0.0.1';

/** Well above the largest token that is looked at (16 KiB), so that a larger one is refused by name. On Express, the command
 * line of Node.js says it. */
const MAX_HEADER_BYTES = 64 * 1024;

export type Platform = 'express' | 'fastify';

/** Answers with the bytes of the core, and shows why a request was refused, in a header. Nest's own filter answers likewise,
 * and names the character set. */
@Catch(HttpException)
class RefusalFilter extends BaseExceptionFilter {
  constructor(private readonly adapter: HttpServer) {
    super(adapter);
  }

  override catch(exception: HttpException, host: ArgumentsHost) {
    const { cause: refusal } = exception;
    if (!(refusal instanceof Refusal)) return super.catch(exception, host);
    const headers = { 'failure-code': refusal.code, 'Content-Type': 'application/json' };
    const response = host.switchToHttp().getResponse();
    if (this.adapter.getType() === 'express') response.writeHead(refusal.status, headers).end(refusal.body);
    else response.code(refusal.status).headers(headers).send(Buffer.from(refusal.body));
  }
}

export async function createApplication(platform: Platform, options: BearwardOptions) {
  @Module({
    imports: [
      BearwardModule.forRoot({
        ...options,
        // A client that may write files may read them.
        implies: { 'files:admin': ['files:write'], 'files:write': ['files:read'] },
        // What the proxy is believed: the URL, which a DPoP proof must name, and the client's certificate (RFC 9440), which a
        // token may be bound to.
        proxyHeaders: { host: 'x-forwarded-host', proto: 'x-forwarded-proto' },
        clientCertificateHeader: { kind: 'client-cert' },
      }),
    ],
    controllers: [Api, Organizations, Secured, Reports, Tools, OtherMethods],
  })
  class AppModule {}

  const app = platform === 'express' ? await onExpress(AppModule) : await onFastify(AppModule);
  app.useGlobalFilters(new RefusalFilter(app.getHttpAdapter()));
  return app;
}

async function onExpress(module: object) {
  const app = await NestFactory.create<NestExpressApplication>(module, new ExpressAdapter(), { logger: ['warn', 'error'] });
  app.set('trust proxy', PROXY);
  return app;
}

async function onFastify(module: object) {
  const adapter = new FastifyAdapter({ trustProxy: PROXY, http: { maxHeaderSize: MAX_HEADER_BYTES } });
  // A body of a type that is not read is none of the guard's business.
  adapter.getInstance().addContentTypeParser('*', (_request: unknown, _payload: unknown, done: (error: null) => void) => done(null));
  return NestFactory.create<NestFastifyApplication>(module, adapter, { logger: ['warn', 'error'] });
}
