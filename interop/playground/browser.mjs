// Chromium, from Debian's packages where it is not there yet, and pages of it that tell of every error.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Far more than a page of this machine takes, in milliseconds. */
const PATIENCE = 20_000;
const SCREENSHOTS = process.env.SCREENSHOTS;

/** Each width and colour scheme that the pages are looked at in. */
export const LOOKS = [1280, 390].flatMap((width) => ['light', 'dark'].map((scheme) => ({ width, scheme })));

export function startBrowser() {
  const executablePath = find() ?? install();
  if (!executablePath) throw new Error('this test needs Chromium; on Debian and its kin, `apt-get install chromium`');
  // Without these it looks for hosts of its maker at every start. A test may run as root, which its sandbox refuses.
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...quiet] });
}

function find() {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin'];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}

function install() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium']]) {
    spawnSync('apt-get', args, { stdio: 'ignore', env });
  }
  return find();
}

/** Opens the page. `troubles` collects what the page does wrong: errors, refused loads, requests to anywhere else. */
export async function open(browser, url, { width = 1280, scheme = 'light' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const troubles = [];
  page.on('console', (message) => {
    // What the page asks for and is refused is told to the reader, and by the browser as well.
    const refused = message.text().startsWith('Failed to load resource: the server responded with a status of');
    if (message.type() === 'error' && !refused) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) troubles.push(`a request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, troubles };
}

/** What axe-core finds wrong for people who use a keyboard or a screen reader. */
export async function accessibility(page) {
  const violations = await page.evaluate(
    `${AXE}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`,
  );
  return violations;
}

/** Whether something is wider than the screen. */
export const overflows = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/** Keeps a picture for people, where the environment names a folder. */
export async function picture(page, name) {
  if (!SCREENSHOTS) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
