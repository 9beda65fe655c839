// How applications use the types of `express-oauth-jwt` 1.x.

import https from 'node:https';
import express, { type RequestHandler } from 'express';
import { getSimpleJwksService, InMemoryCache, jwksService, secure, type JwksService } from 'express-oauth-jwt-1';

const cache = new InMemoryCache();
const simple: JwksService = getSimpleJwksService('https://issuer.example/jwks');
const service: JwksService = jwksService(cache, 'https://issuer.example/jwks', https);
const guard: RequestHandler = secure(simple, { scope: ['read'], claims: [{ name: 'role', value: 'admin' }] });
express().use(guard, secure(service));
