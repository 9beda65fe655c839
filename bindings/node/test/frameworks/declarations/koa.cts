// Koa, in CommonJS.

import Koa = require('koa');
import { auth } from 'bearward/koa';

new Koa().use(auth({ issuer: 'https://issuer.example', audience: 'api' }));
