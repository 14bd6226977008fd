import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { headerOf } from './exchange.js';

/** A body that was refused, with the answer its sender gets. */
export interface RefusedBody {
  readonly ok: false;
  readonly status: 400 | 413 | 415 | 422;
  readonly message: string;
}

export type JsonBody<T> = { readonly ok: true; readonly value: T } | RefusedBody;

const JSON_TYPE = /^application\/(?:[^;\s/]+\+)?json\s*(?:;|$)/i;

/**
 * Reads and checks a JSON body, in the order callers know: content type (415), size (413), syntax
 * (400), fields (422).
 */
export async function readJson<T>(
  request: IncomingMessage,
  schema: z.ZodType<T>,
  maxBytes: number,
): Promise<JsonBody<T>> {
  if (!JSON_TYPE.test(headerOf(request, 'content-type')?.trim() ?? '')) {
    return refuse(415, 'Expected request with `Content-Type: application/json`');
  }
  const bytes = await readBytes(request, maxBytes);
  if (bytes === undefined) return refuse(413, `Request body is larger than ${maxBytes} bytes`);
  const json = parse(bytes);
  if (json === undefined) return refuse(400, 'Request body is not valid JSON');
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return refuse(422, `Request body has a missing or wrong field: ${faultOf(parsed.error)}`);
}

function refuse(status: RefusedBody['status'], message: string): RefusedBody {
  return { ok: false, status, message };
}

/** The whole body; undefined when it is over the limit. Rejects when the sender went away. */
async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(headerOf(request, 'content-length') ?? 0) > maxBytes) return undefined;
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      // The rest is read and dropped, so that the sender gets to read the answer.
      request.off('data', take);
      request.resume();
      resolve(undefined);
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks, size)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('request aborted')));
  });
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function parse(bytes: Buffer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(decoder.decode(bytes)) as unknown };
  } catch {
    return undefined;
  }
}

/** The first fault, by path and kind; values are not repeated, they may be secrets. */
function faultOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'unknown';
  return `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`;
}
