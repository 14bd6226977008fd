import { z } from 'zod';
import { createObjectStore } from './server.js';

/**
 * The object store as a program of its own. Its settings, secrets among them, come by environment;
 * it tells its parent `{type:'ready', port}` or `{type:'failed', reason, portInUse}` over the IPC
 * channel and ends when that channel closes, however the parent died.
 */
const settingsSchema = z.object({
  ALGA_OBJECT_STORE_DIR: z.string().min(1),
  ALGA_OBJECT_STORE_PORT: z.coerce.number().int().min(1).max(65_535),
  ALGA_OBJECT_STORE_ACCESS_KEY: z.string().min(1),
  ALGA_OBJECT_STORE_SECRET_KEY: z.string().min(1),
  ALGA_OBJECT_STORE_REGION: z.string().min(1),
  ALGA_OBJECT_STORE_BUCKET: z.string().min(1),
});

async function main(): Promise<void> {
  const settings = settingsSchema.parse(process.env);
  const store = await createObjectStore({
    dataDir: settings.ALGA_OBJECT_STORE_DIR,
    credentials: {
      accessKey: settings.ALGA_OBJECT_STORE_ACCESS_KEY,
      secretKey: settings.ALGA_OBJECT_STORE_SECRET_KEY,
    },
    region: settings.ALGA_OBJECT_STORE_REGION,
    onFault: (requestId, error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`request ${requestId} failed: ${text}\n`);
    },
  });
  await store.ensureBucket(settings.ALGA_OBJECT_STORE_BUCKET);
  const port = await store.listen(settings.ALGA_OBJECT_STORE_PORT);
  const end = async (): Promise<void> => {
    await store.stop();
    process.exit(0);
  };
  process.once('SIGTERM', () => void end());
  process.once('disconnect', () => void end());
  process.send?.({ type: 'ready', port });
}

main().catch((error: NodeJS.ErrnoException) => {
  const failure = { type: 'failed', reason: error.message, portInUse: error.code === 'EADDRINUSE' };
  process.send?.(failure, () => process.exit(1));
});
