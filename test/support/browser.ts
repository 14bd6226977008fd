import { type Browser, chromium } from 'playwright-core';
import { program } from './programs.js';

/** Path of the system's Chromium; undefined when there is none (a failure in strict mode). */
export const chromiumPath = program('chromium') ?? program('chromium-browser');

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

/** A headless Chromium. */
export async function launchBrowser(): Promise<Browser> {
  if (!chromiumPath) throw new Error('chromium is not installed');
  return chromium.launch({ executablePath: chromiumPath, args: FLAGS });
}
