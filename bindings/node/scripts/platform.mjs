// The name of this platform, as in the packages under npm/.

import process from 'node:process';

export function platform() {
  const { platform, arch } = process;
  return platform === 'linux'
    ? `linux-${arch}-${libc()}`
    : platform === 'win32'
      ? `win32-${arch}-msvc`
      : `${platform}-${arch}`;
}

function libc() {
  return process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl';
}

const SYSTEMS = {
  'unknown-linux-gnu': 'gnu',
  'unknown-linux-musl': 'musl',
  'apple-darwin': '',
  'pc-windows-msvc': 'msvc',
};

/** The name of the platform that Rust calls by this triple, if there is a package for its system. */
export function platformOf(triple) {
  const [, machine, system] = triple.match(/^(x86_64|aarch64)-(.*)$/) ?? [];
  const abi = SYSTEMS[system];
  if (abi === undefined) return undefined;
  const cpu = machine === 'x86_64' ? 'x64' : 'arm64';
  const os = system.includes('linux') ? 'linux' : system.includes('windows') ? 'win32' : 'darwin';
  return [os, cpu, abi].filter(Boolean).join('-');
}
