import { randomUUID } from 'node:crypto';
import { packBundle } from '../../../src/bundle/index.js';
import { compressZstd } from '../../../src/bundle/zstd.js';
import { View } from '../../../src/doctor/view.js';
import { type Stack, type StoreConfig, stackStatus } from '../../../src/stack/index.js';
import type { LiveFault } from './fault.js';
import type { World } from './world.js';

/** Another bundle than the published one, well formed. */
export const otherBundle = (world: World) =>
  packBundle([{ name: 'manifest.json', content: Buffer.from(world.project.root) }]);

/** Looks with settings of the store that are not the stack's. */
export class OtherStore extends View {
  readonly #store: Partial<StoreConfig>;
  constructor(options: ConstructorParameters<typeof View>[0], store: Partial<StoreConfig>) {
    super(options);
    this.#store = store;
  }
  override async stack(): Promise<Stack> {
    const stack = await super.stack();
    return { ...stack, store: { ...stack.store, ...this.#store }, close: () => stack.close() };
  }
}

export const storeFaults: readonly LiveFault[] = [
  {
    check: 'store.object-missing',
    cause: ({ s3, bucket, key }) => s3.removeObject(bucket, key),
    mends: ['store.object-missing'],
  },
  {
    check: 'store.object-truncated',
    cause: ({ put, bytes }) => put(bytes.subarray(0, bytes.length >> 1)),
    mends: ['store.object-truncated'],
  },
  {
    check: 'store.not-zstd',
    cause: ({ put, bytes }) => put(Buffer.alloc(bytes.length, 'x')),
    mends: ['store.not-zstd'],
  },
  {
    check: 'store.not-tar',
    cause: async ({ put }) => put(padded(await compressZstd(Buffer.alloc(2_000_000, randomUUID()), 3))),
    mends: ['store.not-tar'],
  },
  {
    check: 'store.hash-mismatch',
    cause: async (world) => world.put((await otherBundle(world)).bytes),
    mends: ['store.hash-mismatch'],
  },
  {
    check: 'store.wrong-layout',
    cause: async ({ s3, bucket, key, put, bytes, ready }) => {
      await s3.removeObject(bucket, key);
      const at = `sha256/${ready.contentHash.slice(7)}/bundle.tar.zst`;
      await put(bytes, at);
      return () => s3.removeObject(bucket, at);
    },
    mends: ['store.wrong-layout'],
  },
  {
    check: 'store.wrong-owner',
    cause: async ({ s3, bucket, key, keyOf, put, bytes, ready }) => {
      await s3.removeObject(bucket, key);
      const at = keyOf(ready.contentHash, randomUUID());
      await put(bytes, at);
      return () => s3.removeObject(bucket, at);
    },
    mends: ['store.wrong-owner'],
  },
  {
    check: 'store.bucket',
    cause: async ({ s3, bucket, backend }) => {
      await s3.removeObjects(bucket, await backend.keys());
      await s3.removeBucket(bucket);
    },
    mends: ['store.bucket', 'store.object-missing'],
  },
  {
    check: 'store.reachable',
    how: 'its process hangs',
    cause: async ({ env }) => {
      const { services } = await stackStatus({ env });
      const pid = services.find(({ name }) => name === 'store')?.pid;
      if (pid === undefined) throw new Error('the store has no process');
      process.kill(pid, 'SIGSTOP');
      return () => process.kill(pid, 'SIGCONT');
    },
  },
];

/** As long as a bundle, so that it does not count as cut off. */
function padded(frame: Buffer): Buffer {
  const rest = 8_000_000;
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50, 0);
  head.writeUInt32LE(rest, 4);
  return Buffer.concat([frame, head, Buffer.alloc(rest)]);
}
