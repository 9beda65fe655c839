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
