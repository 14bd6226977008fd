import { S3Error } from '../errors.js';
import { ByteReader } from './byte-reader.js';

const MAX_LINE = 4096;
const MAX_TRAILERS = 16;

/**
 * Takes the `aws-chunked` framing off a body. Fields after the last chunk are put into `trailers`,
 * names in lower case, before the iteration ends. Throws IncompleteBody for broken framing.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  for (;;) {
    const size = chunkSize(await reader.line(MAX_LINE));
    if (size === 0) break;
    yield* reader.bytes(size);
    if ((await reader.line(MAX_LINE)) !== '') throw new S3Error('IncompleteBody');
  }
  for (let line = await reader.line(MAX_LINE); line !== ''; line = await reader.line(MAX_LINE)) {
    const colon = line.indexOf(':');
    if (colon < 1 || trailers.size >= MAX_TRAILERS) throw new S3Error('IncompleteBody');
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function chunkSize(line: string): number {
  const match = /^([0-9a-fA-F]{1,8})(;.*)?$/.exec(line);
  if (match === null) throw new S3Error('IncompleteBody');
  return Number.parseInt(match[1] ?? '', 16);
}
