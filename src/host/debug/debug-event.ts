import { z } from 'zod';
import { type ExtensionDirectory, registryIdOf } from '../extensions/extension-directory.js';
import type { GuestLog } from '../wire/records.js';

const id = z.string().max(200).optional();

/** One event as the runner posts it. */
export const debugEventSchema = z.object({
  /** Unix milliseconds. */
  ts: z.number(),
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
  stream: z.enum(['log', 'stdout', 'stderr']),
  tenantId: id,
  extensionId: id,
  installId: id,
  requestId: id,
  versionId: id,
  contentHash: id,
  message: z.string(),
  truncated: z.boolean().default(false),
});

export type DebugEvent = z.infer<typeof debugEventSchema>;

/** The event as pages and terminal show it. */
export function guestLogOf(event: DebugEvent, directory: ExtensionDirectory): GuestLog {
  const registryId = registryIdOf(event.extensionId);
  const extension = registryId && directory.state(registryId)?.extension;
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
