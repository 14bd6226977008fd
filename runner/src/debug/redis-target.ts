import type { DebugWireEvent } from '../published/wire.js';
import type { EventTarget } from './event-pump.js';
import { parseRedisUrl, RedisConnection } from './redis-connection.js';
import type { RespReply } from './resp.js';

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
      const replies = await connection.send(events.map((event) => xadd(event, options)));
      const refusal = passingRefusal(replies);
      if (refusal === undefined) return;
      // A new connection may lead to the server that took over.
      connection.close();
      throw new Error(`Redis took no event: ${refusal}`);
    },
    close: () => {
      closed = true;
      connection?.close();
    },
  };
}

/**
 * What a server says while it loads its data, is a replica, is full, or wants a password. One that
 * wants a password takes a long command for a broken one.
 */
const PASSING =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|MISCONF|NOREPLICAS|NOAUTH|ERR Protocol error)\b/;

/**
 * The refusal of a whole batch that may be taken later. Others (a wrong type under the key) would only
 * come again, and a batch that was taken in part would come twice: those are not sent again.
 */
function passingRefusal(replies: readonly RespReply[]): string | undefined {
  const refusals = replies.flatMap((reply) => (reply.kind === 'error' ? [reply.message] : []));
  if (refusals.length < replies.length || !refusals.every((message) => PASSING.test(message)))
    return undefined;
  return refusals[0];
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
