import { platform } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { packageRoot } from '../../src/core/entry.js';
import { program } from './programs.js';

/** Path of the system's Chromium; undefined when there is none (a failure in strict mode). */
export const chromiumPath = program('chromium') ?? program('chromium-browser');

/** A program that starts Chromium with less around its pages; see there. */
const LEAN = join(packageRoot(), 'test', 'support', 'lean-chromium.sh');

/** Flags without which Chromium tries to reach the outside, or will not run as root. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium, with further flags of the caller's. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  if (!chromiumPath) throw new Error('chromium is not installed');
  const lean = platform() !== 'win32';
  return chromium.launch({
    executablePath: lean ? LEAN : chromiumPath,
    args: [...FLAGS, ...flags],
    env: { ...process.env, ALGA_TEST_CHROMIUM: chromiumPath },
  });
}
