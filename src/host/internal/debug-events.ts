import express, { Router } from 'express';
import { z } from 'zod';
import { type ExtensionDirectory, registryIdOf } from '../extensions/extension-directory.js';
import type { GuestLog } from '../wire/records.js';
import { requireRunnerAuth } from './runner-auth.js';

const id = z.string().max(200).optional();

const eventSchema = z.object({
  ts: z.number(),
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
  stream: z.enum(['log', 'stdout', 'stderr']),
  extensionId: id,
  requestId: id,
  message: z.string(),
  truncated: z.boolean().default(false),
});

const batchSchema = z.object({ events: z.array(z.unknown()).max(10_000) });

/** `POST /__alga/debug-events`: what guests say, in batches from the runner. Events it cannot read are skipped. */
export function debugEventRoute(options: {
  readonly serviceToken: string;
  readonly directory: ExtensionDirectory;
  readonly onLog: (log: GuestLog) => void;
}): Router {
  const router = Router();
  router.post(
    '/__alga/debug-events',
    requireRunnerAuth(options.serviceToken, { error: 'unauthorized' }),
    express.json({ limit: '20mb' }),
    (req, res) => {
      const batch = batchSchema.safeParse(req.body);
      if (!batch.success) return res.status(400).json({ error: 'bad_request' });
      for (const entry of batch.data.events) {
        const event = eventSchema.safeParse(entry);
        if (event.success) options.onLog(guestLog(event.data, options.directory));
      }
      res.status(204).end();
    },
  );
  return router;
}

function guestLog(event: z.infer<typeof eventSchema>, directory: ExtensionDirectory): GuestLog {
  const registryId = registryIdOf(event.extensionId);
  const extension = registryId && directory.get(registryId)?.extension;
  const { level, stream, requestId, truncated } = event;
  return {
    at: new Date(event.ts).toISOString(),
    level,
    stream,
    truncated,
    // A write to a stream often ends its line; a log line has none.
    message: event.message.replace(/\r?\n$/, ''),
    ...(registryId ? { registryId } : {}),
    ...(extension ? { extension } : {}),
    ...(requestId ? { requestId } : {}),
  };
}
