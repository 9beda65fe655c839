// The example as a person would start it.

import { testDemo } from '../../../bindings/node/test/example.mjs';

testDemo(new URL('..', import.meta.url));
