import type { DebugWireEvent } from '../published/wire.js';
import type { EventTarget } from './event-pump.js';
import { parseRedisUrl, RedisConnection } from './redis-connection.js';

export interface RedisTargetOptions {
  readonly url: string;
  readonly password?: string;
  readonly streamPrefix: string;
  readonly maxLength: number;
}

/** Appends events to the Redis streams the product's debug console reads, one stream per extension. */
export function createRedisTarget(options: RedisTargetOptions): EventTarget {
  const address = parseRedisUrl(options.url, options.password);
  let connection: RedisConnection | undefined;
  let closed = false;
  return {
    name: 'redis',
    send: async (events) => {
      if (closed) throw new Error('closed');
      if (connection?.usable !== true) connection = await RedisConnection.open(address);
      // An error reply (wrong type under the key, out of memory) would only come again: not retried.
      await connection.send(events.map((event) => xadd(event, options)));
    },
    close: () => {
      closed = true;
      connection?.close();
    },
  };
}

/** The command for one event; the reader relies on the names, the order is the official runner's. */
function xadd(event: DebugWireEvent, options: Pick<RedisTargetOptions, 'streamPrefix' | 'maxLength'>) {
  const optional: ReadonlyArray<readonly [string, string | undefined]> = [
    ['tenant', event.tenantId],
    ['extension', event.extensionId],
    ['install', event.installId],
    ['request', event.requestId],
    ['version', event.versionId],
    ['content_hash', event.contentHash],
  ];
  const ids = optional.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return [
    ...['XADD', streamOf(event, options.streamPrefix), 'MAXLEN', '~', String(options.maxLength), '*'],
    ...['ts', String(event.ts), 'level', event.level, 'stream', event.stream],
    ...ids,
    ...['message', event.message, 'truncated', event.truncated ? '1' : '0'],
  ];
}

function streamOf(event: DebugWireEvent, prefix: string): string {
  if (event.tenantId === undefined || event.extensionId === undefined) return `${prefix}unknown`;
  return `${prefix}${event.tenantId.toLowerCase()}:${event.extensionId.toLowerCase()}`;
}
