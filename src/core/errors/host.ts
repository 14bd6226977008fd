import { spec } from './define.js';

/** Errors of the `host` room. See `catalogue.ts` for how they are joined. */
export const hostErrors = {
  HOST_NO_PORT: spec<{ preferred: number }>(
    3,
    (p) => `No port near ${p.preferred} could be opened on 127.0.0.1 and ::1.`,
    () => 'Name a free one: alga dev --port <number>',
  ),
  HOST_ADDRESS_UNUSABLE: spec<{ address: string; detail: string }>(
    3,
    (p) => `The host cannot listen on ${p.address}: ${p.detail}.`,
    () => 'Name an address of this machine, or 0.0.0.0 for all: alga dev --host <address>',
  ),
  HOST_NOT_THERE: spec<{ origin: string }>(
    3,
    (p) => `No alga dev answers at ${p.origin}.`,
    () => 'Start one: alga dev',
  ),
  HOST_PAGES_MISSING: spec<{ folder: string }>(
    70,
    (p) => `The compiled pages are missing from ${p.folder}.`,
    () => 'Compile them: npm run build',
  ),
} as const;
