import { spec } from './define.js';

/** Errors of the `store` room. See `catalogue.ts` for how they are joined. */
export const storeErrors = {
  STORE_ADDRESS_INVALID: spec<{ endpoint: string }>(
    2,
    (p) => `The object store address ${JSON.stringify(p.endpoint)} is not an http(s) address.`,
    () => 'Give scheme, host and port only, for example http://127.0.0.1:4569',
  ),
  STORE_UNREACHABLE: spec<{ endpoint: string; detail: string }>(
    3,
    (p) => `The object store at ${p.endpoint} does not answer (${p.detail}).`,
    () => 'See what the stack is doing with: alga stack status',
  ),
  STORE_ACCESS_DENIED: spec<{ endpoint: string; detail: string }>(
    3,
    (p) => `The object store at ${p.endpoint} refuses our credentials (${p.detail}).`,
    () => 'Check access key and secret key of the store, then run: alga doctor',
  ),
  STORE_BUCKET_MISSING: spec<{ endpoint: string; bucket: string }>(
    3,
    (p) => `The object store at ${p.endpoint} has no bucket named ${p.bucket}.`,
    () => 'Create the bucket, or let the embedded stack make its own: alga stack reset',
  ),
  STORE_CLOCK_SKEW: spec<{ endpoint: string }>(
    3,
    (p) => `The object store at ${p.endpoint} refuses our requests because the clocks differ too much.`,
    () => 'Set the clock of this machine (or of the virtual machine Docker runs in) and try again.',
  ),
  STORE_FULL: spec<{ endpoint: string }>(
    3,
    (p) => `The object store at ${p.endpoint} has no space left.`,
    () => 'Free disk space, or drop old development bundles with: alga stack reset',
  ),
  STORE_OBJECT_MISSING: spec<{ key: string }>(
    3,
    (p) => `The object store has no object ${p.key}.`,
    () => 'Publish the extension again: press r in alga dev, or run: alga doctor',
  ),
  STORE_OBJECT_DIFFERS: spec<{ key: string; expected: string; found: string }>(
    3,
    (p) => `The object ${p.key} does not hold what its name says: expected ${p.expected}, found ${p.found}.`,
    () => 'Something else wrote under this key. Remove the object, then publish again: press r in alga dev',
  ),
  STORE_FAILED: spec<{ endpoint: string; operation: string; detail: string }>(
    3,
    (p) => `The object store at ${p.endpoint} failed to ${p.operation}: ${p.detail}.`,
    () => 'See what the stack is doing with: alga stack status',
  ),
} as const;
