// The recipes of docs/bundling.md: each writes one file into a folder, and returns its path.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import esbuild from 'esbuild';
import { rollup } from 'rollup';
import webpack from 'webpack';

const here = path.dirname(fileURLToPath(import.meta.url));
const from = (name) => path.join(here, name);

const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

async function withEsbuild(entry, outfile, options) {
  await esbuild.build({
    entryPoints: [from(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    ...options,
  });
  return outfile;
}

async function withWebpack(entry, outfile, options) {
  const compile = promisify(webpack);
  const output = { path: path.dirname(outfile), filename: path.basename(outfile), ...options.output };
  const stats = await compile({
    mode: 'production',
    target: 'node',
    optimization: { minimize: false },
    entry: from(entry),
    ...options,
    output,
  });
  if (stats.hasErrors()) throw new Error(stats.toString());
  return outfile;
}

async function withRollup(entry, file, format, external = []) {
  const plugins = [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()];
  const bundle = await rollup({ input: from(entry), plugins, external, onwarn: () => {} });
  await bundle.write({ file, format });
  await bundle.close();
  return file;
}

/** As on the command line: `ncc build app.js -o dist`. The output keeps the ending of the entry's name. */
function withNcc(entry, folder, ...options) {
  const ncc = from('node_modules/@vercel/ncc/dist/ncc/cli.js');
  execFileSync(process.execPath, [ncc, 'build', from(entry), '-o', folder, '-q', '--no-cache', ...options], {
    cwd: here,
    stdio: 'pipe',
  });
  return path.join(folder, `index${path.extname(entry)}`);
}

export const BUNDLERS = {
  'esbuild, CommonJS': (folder) => withEsbuild('app.cjs', path.join(folder, 'api.cjs'), { format: 'cjs' }),
  'esbuild, ES modules': (folder) =>
    withEsbuild('app.mjs', path.join(folder, 'api.mjs'), { format: 'esm', banner: { js: REQUIRE } }),
  'webpack, CommonJS': (folder) => withWebpack('app.cjs', path.join(folder, 'api.cjs'), {}),
  'webpack, ES modules': (folder) =>
    withWebpack('app.mjs', path.join(folder, 'api.mjs'), {
      experiments: { outputModule: true },
      output: { module: true },
    }),
  'ncc, CommonJS': (folder) => withNcc('app.cjs', folder),
  'ncc, ES modules': (folder) => withNcc('app.mjs', folder),
  'Rollup, CommonJS': (folder) => withRollup('app.cjs', path.join(folder, 'api.cjs'), 'cjs'),
  'Rollup, ES modules': (folder) => withRollup('app.mjs', path.join(folder, 'api.mjs'), 'es'),
};

/** The same with Bearward left out. */
export const EXTERNAL = {
  esbuild: (folder) => withEsbuild('app.cjs', path.join(folder, 'api.cjs'), { format: 'cjs', external: ['bearward'] }),
  webpack: (folder) =>
    withWebpack('app.cjs', path.join(folder, 'api.cjs'), { externals: [/^bearward(\/|$)/], externalsType: 'commonjs' }),
  ncc: (folder) => withNcc('app.cjs', folder, '--external', 'bearward/express'),
  Rollup: (folder) => withRollup('app.mjs', path.join(folder, 'api.mjs'), 'es', [/^bearward(\/|$)/]),
};
