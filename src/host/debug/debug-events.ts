import express, { Router } from 'express';
import { z } from 'zod';
import { requireRunnerAuth } from '../internal/runner-auth.js';
import { type DebugEvent, debugEventSchema } from './debug-event.js';

const batchSchema = z.object({ events: z.array(z.unknown()).max(10_000) });

/** `POST /__alga/debug-events`: what guests say, in batches from the runner. Events it cannot read are skipped. */
export function debugEventRoute(serviceToken: string, onEvent: (event: DebugEvent) => void): Router {
  const router = Router();
  router.post(
    '/__alga/debug-events',
    requireRunnerAuth(serviceToken, { error: 'unauthorized' }),
    express.json({ limit: '20mb' }),
    (req, res) => {
      const batch = batchSchema.safeParse(req.body);
      if (!batch.success) return res.status(400).json({ error: 'bad_request' });
      for (const entry of batch.data.events) {
        const event = debugEventSchema.safeParse(entry);
        if (event.success) onEvent(event.data);
      }
      res.status(204).end();
    },
  );
  return router;
}
