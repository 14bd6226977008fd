import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes over a socket as they are, so that no client tidies the target up, and reads the answer. */
export async function rawRequest(port: number, text: string): Promise<RawAnswer> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () => resolve(Buffer.concat(chunks)));
    socket.once('error', reject);
  });
  const answer = bytes.toString('latin1');
  const end = answer.indexOf('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1]),
    head: answer.slice(0, end).toLowerCase(),
    body: answer.slice(end + 4),
  };
}

/** A GET of a raw target on a connection of its own. */
export async function rawGet(
  port: number,
  target: string,
  headers: readonly string[] = [],
): Promise<RawAnswer> {
  const lines = [`GET ${target} HTTP/1.1`, 'host: runner.test', 'connection: close', ...headers, '', ''];
  return await rawRequest(port, lines.join('\r\n'));
}
