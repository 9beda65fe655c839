// The authorization server of the package's tests, and applications that trust it.

import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';

export const AUDIENCE = 'https://api.example.com';

interface Signed {
  claims?: Record<string, unknown>;
  unset?: string[];
}

export interface Issuer {
  issuer: string;
  origin: string;
  jwksUri: string;
  token(options?: Signed): Promise<string>;
  state: { requests: string[]; answer: unknown };
  close(): Promise<void>;
}

/** A file of the package's other tests, which are JavaScript without types. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export const load = (file: string): Promise<any> => import(`../../${file}`);

export async function startIssuer(): Promise<Issuer> {
  return (await load('issuer.mjs')).startIssuer();
}

export const bearer = (token: string): [string, string] => ['Authorization', `Bearer ${token}`];

/** The platforms, by their names. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** An application that listens, with the tools of `@nestjs/testing`. */
export async function start(
  platform: Platform,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => void = () => {},
): Promise<INestApplication & { port: number }> {
  return listen(platform, await Test.createTestingModule(metadata).compile(), prepare);
}

export async function listen(
  platform: Platform,
  module: TestingModule,
  prepare: (app: INestApplication) => void = () => {},
): Promise<INestApplication & { port: number }> {
  const app =
    platform === 'express'
      ? module.createNestApplication({ logger: false })
      : module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  prepare(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return Object.assign(app, { port });
}
