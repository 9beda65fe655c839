// The code in docs/nest.md compiles, each piece by itself.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';

const root = path.join(__dirname, '..');

/** What a reader has imported, and the package of Nest that is not installed here. */
const IMPORTED = `
import { type ArgumentsHost, Catch, type ExecutionContext, HttpException, Module } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { BearwardGuard, BearwardModule, ProtectedGateway, Refusal, type RequestAuth, Scopes, Token } from 'bearward/nest';
class ConfigModule {}
declare class ConfigService {
  getOrThrow(name: string): string;
}
@Module({})
class AppModule {}
void [Catch, HttpException, BaseExceptionFilter, Test, MessageBody, SubscribeMessage, WebSocketGateway, BearwardGuard];
void [BearwardModule, ProtectedGateway, Refusal, Scopes, Token, ConfigModule, AppModule];
`;

it('every piece of code in the guide compiles', () => {
  const page = readFileSync(path.join(root, '../../../../docs/nest.md'), 'utf8');
  const pieces = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code as string);
  assert.ok(pieces.length >= 5, `${pieces.length} pieces`);
  const folder = mkdtempSync(path.join(root, 'target', 'docs-'));
  try {
    pieces.forEach((code, at) => {
      const complete = code.startsWith('import ') ? code : `${IMPORTED}\nexport async function piece() {\n${code}\n}`;
      writeFileSync(path.join(folder, `piece${at}.ts`), complete);
    });
    const compilerOptions = { rootDir: '.', noEmit: true };
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] }),
    );
    const tsc = path.join(root, '../../node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
