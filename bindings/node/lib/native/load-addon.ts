// Finds the native addon: in its package, beside `package.json` where it was built here, or beside the file that a bundler
// made of the application.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `linux-x64-gnu`, `darwin-arm64`, … as the packages with the prebuilt addons are called. */
function platformName(): string {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const header = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
  return `linux-${arch}-${header.glibcVersionRuntime ? 'gnu' : 'musl'}`;
}

/** Loads the addon of this platform, or throws an `Error` that says where it was looked for and what to copy.
 *
 * `require` of this file is not used: bundlers put another in its place, and ES modules have none. Nothing is looked for
 * in the working directory, which may be anybody's. */
export function loadAddon(): unknown {
  const here = ownDirectory();
  const require = createRequire(join(here, 'bearward.js'));
  const chosen = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (chosen) return require(chosen);
  const name = platformName();
  const file = `bearward.${name}.node`;
  const isInPackage = basename(here) === 'native' && basename(dirname(here)) === 'dist';
  // One that was built here comes before one that was installed.
  const beside = join(isInPackage ? dirname(dirname(here)) : here, file);
  if (existsSync(beside)) return require(beside);
  let installed: string;
  try {
    installed = require.resolve(`bearward-${name}`);
  } catch (cause) {
    throw new Error(notFound(name, beside, here, isInPackage), { cause });
  }
  return require(installed);
}

function notFound(name: string, beside: string, here: string, isInPackage: boolean): string {
  const [system, cpu, libc] = name.split('-');
  const flags = `--os=${system} --cpu=${cpu}${system === 'linux' ? ` --libc=${libc === 'gnu' ? 'glibc' : 'musl'}` : ''}`;
  const looked = `bearward has no addon for ${name}. It was looked for at ${beside}, and as the package bearward-${name} in the node_modules of ${here} and of the directories above it.`;
  const install = `Install the optional package: \`npm install ${flags}\` (npm leaves it out under --omit=optional, and where it installs for another platform)`;
  return isInPackage
    ? `${looked} ${install}; or build it from source with \`npm run build\`, which needs Rust.`
    : `${looked} A bundler does not take it along: copy node_modules/bearward-${name}/bearward.${name}.node to ${beside}. ${install}. docs/bundling.md has a recipe for each bundler.`;
}

/** Where this file is, or the bundle that it has become a part of. */
function ownDirectory(): string {
  if (typeof __dirname === 'string') return __dirname;
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_error, sites) => sites[0]?.getFileName();
    const file = String((new Error() as { stack: unknown }).stack);
    return dirname(file.startsWith('file:') ? fileURLToPath(file) : file);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}
