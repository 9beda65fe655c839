// Builds the addon for this platform with cargo.
//
//   node scripts/build-addon.mjs                      bearward.<platform>.node beside package.json
//   node scripts/build-addon.mjs --types              the same, and its declarations in lib/generated/declarations.ts
//   node scripts/build-addon.mjs --panic-injection    the one that tests make panic, under test/panic/
//   node scripts/build-addon.mjs --bare-signature     the one that benchmarks compare with, under target/
//   node scripts/build-addon.mjs --target TRIPLE      for another platform; on Linux with cargo-zigbuild, so that
//                     --glibc VERSION                 the addon asks for no later glibc than this

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { declarations } from './declarations.mjs';
import { platform, platformOf } from './platform.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const NO_CARGO = `
bearward: cannot build the addon, because \`cargo\` was not found.

  Building from source needs Rust 1.95 or later and a C compiler.
  Install Rust from https://rustup.rs, open a new shell, and run \`npm run build\` again.
`;

const BUILD_FAILED = `
bearward: cargo could not build the addon; its messages are above.

  It needs Rust 1.95 or later (\`rustc --version\`) and a C compiler for aws-lc
  (Debian: \`apt install build-essential\`; macOS: \`xcode-select --install\`; Windows: the build tools of
  Visual Studio, with C++).
`;

/** What is never published, by its feature: where it is put. */
const VARIANTS = { 'panic-injection': 'test/panic/addon.node', 'bare-signature': 'target/bare-signature/addon.node' };
const variant = Object.keys(VARIANTS).find((feature) => process.argv.includes(`--${feature}`));

/** What follows an option of the command line. */
function value(option) {
  const at = process.argv.indexOf(option);
  if (at === -1) return undefined;
  const given = process.argv[at + 1];
  if (given === undefined || given.startsWith('--')) fail(`bearward: ${option} needs a value\n`);
  return given;
}

const triple = value('--target');
const glibc = value('--glibc');
const name = triple === undefined ? platform() : platformOf(triple);
if (name === undefined) fail(`bearward: there is no package for ${triple}\n`);
if (glibc !== undefined && !name.endsWith('-gnu'))
  fail('bearward: --glibc needs --target with a triple that ends in -gnu\n');

// Zig brings each libc along, and links for the versions that the target names.
const zig = triple !== undefined && name.startsWith('linux-');

function fail(message) {
  process.stderr.write(message);
  process.exit(1);
}

const cargo = process.env.CARGO ?? 'cargo';
const found = spawnSync(cargo, ['--version'], { stdio: 'ignore' });
if (found.error || found.status !== 0) fail(NO_CARGO);

// The macros of napi note here what they make of the sources.
const noted = path.join(root, 'target', 'declarations', variant ?? 'published');
mkdirSync(noted, { recursive: true });

// Rust links musl statically unless told otherwise, and a library that Node.js loads cannot be static.
const flags = name.endsWith('-musl')
  ? { RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} -C target-feature=-crt-static` }
  : {};

function build(env) {
  const features = variant === undefined ? [] : ['--features', variant];
  const built = spawnSync(
    cargo,
    [
      zig ? 'zigbuild' : 'build',
      ...(triple === undefined ? [] : ['--target', glibc === undefined ? triple : `${triple}.${glibc}`]),
      ...['--release', '--locked', '--message-format', 'json-render-diagnostics', ...features],
    ],
    {
      cwd: root,
      env: { ...process.env, ...flags, NAPI_TYPE_DEF_TMP_FOLDER: noted, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (built.status !== 0) fail(BUILD_FAILED);
  return built;
}

let built = build({});
// What was compiled before is not compiled again, and notes nothing; this makes napi's build script ask for it.
if (!existsSync(path.join(noted, 'bearward-node')))
  built = build({ NAPI_FORCE_BUILD_BEARWARD_NODE: String(Date.now()) });

// Cargo says where it put the library: not every target directory is `target`.
const library = built.stdout
  .toString()
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line))
  .filter((message) => message.reason === 'compiler-artifact' && message.target.kind.includes('cdylib'))
  .at(-1)
  ?.filenames.find((name) => /\.(so|dylib|dll)$/.test(name));
if (!library) fail(BUILD_FAILED);

const target = path.join(root, variant === undefined ? `bearward.${name}.node` : VARIANTS[variant]);
mkdirSync(path.dirname(target), { recursive: true });
// A running process may have the old one mapped: it must be replaced, not overwritten.
rmSync(target, { force: true });
copyFileSync(library, target);

if (process.argv.includes('--types')) {
  const text = declarations(readFileSync(path.join(noted, 'bearward-node'), 'utf8'));
  writeFileSync(path.join(root, 'lib', 'generated', 'declarations.ts'), text);
}
