/** A reply of a Redis server: an error reply is a value here, not a failure of the connection. */
export type RespReply =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'nil' }
  | { readonly kind: 'error'; readonly message: string };

/** A command as RESP: an array of bulk strings. */
export function encodeCommand(parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
}

const MAX_PENDING = 1024 * 1024;

/** Reads the replies the runner can get (lines, integers, bulk strings) out of a stream of bytes. */
export class RespReader {
  #pending: Buffer = Buffer.alloc(0);

  /** Takes bytes, gives the replies that are complete. Throws when they are not RESP or have no end. */
  push(chunk: Buffer): RespReply[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const replies: RespReply[] = [];
    for (let reply = this.#next(); reply !== undefined; reply = this.#next()) replies.push(reply);
    if (this.#pending.length > MAX_PENDING) throw new Error('Redis reply too long');
    return replies;
  }

  #next(): RespReply | undefined {
    const end = this.#pending.indexOf('\r\n');
    if (end < 0) return undefined;
    const line = this.#pending.toString('utf8', 1, end);
    const type = String.fromCharCode(this.#pending[0] ?? 0);
    if (type === '$') return this.#bulk(Number(line), end + 2);
    this.#pending = this.#pending.subarray(end + 2);
    if (type === '+' || type === ':') return { kind: 'text', text: line };
    if (type === '-') return { kind: 'error', message: line };
    throw new Error('unexpected reply from Redis');
  }

  #bulk(length: number, start: number): RespReply | undefined {
    if (length >= 0 && this.#pending.length < start + length + 2) return undefined;
    const text = length < 0 ? '' : this.#pending.toString('utf8', start, start + length);
    this.#pending = this.#pending.subarray(length < 0 ? start : start + length + 2);
    return length < 0 ? { kind: 'nil' } : { kind: 'text', text };
  }
}
