import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { bundleOf, type TestBundle } from '../../support/runner/bundles.js';
import { FRAME_ANCESTORS, MAX_FILE_BYTES, subject } from './subject.js';

export const IMMUTABLE = 'public, max-age=31536000, immutable';
export const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; " +
  `frame-ancestors ${FRAME_ANCESTORS}`;
export const PAGE = '<!doctype html><title>page</title>';
export const FILES = {
  'manifest.json': '{}',
  'dist/main.wasm': 'wasm',
  'ui/index.html': PAGE,
  'ui/assets/app.js': 'export {};',
  'ui/assets/big.js': 'x'.repeat(MAX_FILE_BYTES),
  'ui/assets/huge.js': 'x'.repeat(MAX_FILE_BYTES + 1),
  'ui/other.html': '<p>other</p>',
  'ui/LICENSE': 'free',
};

/** A bundle of files that the store has and the registry knows. */
export async function stored(files: Readonly<Record<string, string>> = FILES): Promise<TestBundle> {
  const bundle = await bundleOf(files);
  await subject.put(bundle);
  return bundle;
}

let made = 0;

/** A bundle nobody has asked for before, in this run or an earlier one. */
export async function newBundle(): Promise<TestBundle> {
  made += 1;
  return await stored({ ...FILES, 'ui/new.js': `${Date.now()} ${made}` });
}

export function etagOf(content: string): string {
  return `"sha256-${createHash('sha256').update(content).digest('hex')}"`;
}

/** The official runner lets everything be cached for a year; ours only what cannot change. */
export function expectCaching(given: string | null, ours: 'no-store' | 'no-cache'): void {
  expect(given).toBe(subject.own ? ours : IMMUTABLE);
}
