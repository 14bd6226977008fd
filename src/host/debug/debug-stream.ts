import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { TenantId } from '../../core/ids.js';
import type { TenantOf } from '../gateway/acting-tenant.js';
import { type ActingUser, chooseUser, may, userChoiceOf } from '../gateway/acting-user.js';
import type { DebugEvent } from './debug-event.js';
import type { DebugHistory, StoredEvent } from './debug-history.js';

const PATH = '/api/ext-debug/stream';
/** Events a follower is given first, and how many it may be given at most. */
const TAIL = 200;
const LONGEST_TAIL = 2000;
const POLLED = 100;

const pollSchema = z.object({ lastId: z.string().max(100).optional() });

export interface DebugStreamOptions {
  readonly history: DebugHistory;
  /** How many events a follower is given first. */
  readonly tail: number | undefined;
  readonly tenantOf: TenantOf;
  readonly users: (tenantId: TenantId) => Promise<readonly ActingUser[]>;
}

interface Subscription {
  readonly tenantId: string;
  readonly extensionId: string;
  readonly wants: (event: DebugEvent) => boolean;
}

/**
 * `/api/ext-debug/stream`: GET follows as server-sent events after a tail of the latest ones, POST
 * polls. Anyone who may read extensions may listen.
 */
export function debugStreamRoute(options: DebugStreamOptions): Router {
  const router = Router();
  router.get(PATH, async (req, res) => {
    const subscription = await admit(options, req, res);
    const tail = Math.min(options.tail ?? TAIL, LONGEST_TAIL);
    if (subscription) follow(options.history, subscription, tail, res);
  });
  router.post(PATH, express.json(), async (req, res) => {
    const subscription = await admit(options, req, res);
    if (!subscription) return;
    const lastId = pollSchema.safeParse(req.body ?? {}).data?.lastId ?? '0';
    const { tenantId, extensionId, wants } = subscription;
    const found = options.history.after(tenantId, extensionId, lastId, POLLED);
    const events = found.filter(({ event }) => wants(event)).map(({ event }) => wireEvent(event));
    res.json({ events, lastId: found.at(-1)?.id ?? lastId });
  });
  return router;
}

async function admit(
  options: DebugStreamOptions,
  req: Request,
  res: Response,
): Promise<Subscription | undefined> {
  const ownTenant = await options.tenantOf(req);
  const user = ownTenant && chooseUser(await options.users(ownTenant), userChoiceOf(req.headers));
  if (!user) return void res.status(401).json({ error: 'Unauthorized' });
  if (!may(user, 'read')) return void res.status(403).json({ error: 'Forbidden' });
  const { extensionId, tenantId, installId, requestId } = req.query;
  if (typeof extensionId !== 'string' || extensionId === '') {
    return void res.status(400).json({ error: 'extensionId is required' });
  }
  return {
    tenantId: typeof tenantId === 'string' && tenantId !== '' ? tenantId : ownTenant,
    extensionId,
    wants: (event) => agrees(event.installId, installId) && agrees(event.requestId, requestId),
  };
}

function agrees(value: string | undefined, wanted: unknown): boolean {
  if (typeof wanted !== 'string' || wanted === '') return true;
  return value?.toLowerCase() === wanted.toLowerCase();
}

function follow(
  history: DebugHistory,
  { tenantId, extensionId, wants }: Subscription,
  tail: number,
  res: Response,
): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' });
  const send = ({ event }: StoredEvent): void => {
    if (wants(event)) res.write(`data: ${JSON.stringify(wireEvent(event))}\n\n`);
  };
  for (const stored of history.tail(tenantId, extensionId, tail)) send(stored);
  res.flushHeaders();
  res.on('close', history.follow(tenantId, extensionId, send));
}

/** The event as the product sends it: the time as a text, the message as it was. */
function wireEvent(event: DebugEvent): Record<string, unknown> {
  const { ts, contentHash: _neverSent, ...rest } = event;
  return { ts: String(Math.trunc(ts)), ...rest };
}
