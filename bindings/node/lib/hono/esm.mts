// What ES modules get in the place of what `index.ts` exports under the same name: Hono has two copies of its class of
// exceptions, and an application knows the one of its own kind of modules.

import { HTTPException } from 'hono/http-exception';
import { type Auth, authWith, type ExceptionClass } from './middleware.js';

export const auth: Auth = authWith(HTTPException as ExceptionClass);
