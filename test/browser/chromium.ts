import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Opens Debian's Chromium, installing it first where that is possible. Undefined where there is none and none is demanded. */
export async function openChromium(): Promise<Browser | undefined> {
  const path = findChromium() ?? installChromium();
  if (path === undefined) {
    if (process.env.CI === 'true')
      throw new Error('there is no Chromium, and CI demands one: apt-get install chromium');
    return undefined;
  }
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  }); // prettier-ignore
}

function findChromium(): string | undefined {
  return PATHS.find((path) => existsSync(path));
}

function installChromium(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update'], { env });
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
  return findChromium();
}
