import { connect } from 'node:net';

/** How long nothing may come before this side ends too, as for requests that are never complete. */
const PATIENCE_MS = 1000;

/** Sends bytes as they are, so that no client tidies them, and gives the whole answer as text. */
export function rawRequest(origin: string, text: string, host = '127.0.0.1'): Promise<string> {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    let answer = '';
    socket.setEncoding('latin1');
    // Node drops answers that are still being made when a client ends its side, so that comes last.
    socket.setTimeout(PATIENCE_MS, () => socket.end());
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(text.replace(/\r?\n/g, '\r\n'));
  });
}

/** The status of a raw answer; 0 when the connection was closed without one. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}
