import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** Answers a request itself and says so, or leaves it to whoever it stands in for. */
type Answers = (request: IncomingMessage, response: ServerResponse) => boolean;

interface StandIn {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A server in front of another one: it passes on what `answers` does not answer, upgrades included unless
 * `upgrades` is false.
 */
export async function standIn(target: string, answers: Answers, upgrades = true): Promise<StandIn> {
  const { hostname, port, host } = new URL(target);
  // What is signed names this server; what the host of a session takes, names that one.
  const named = (request: IncomingMessage) => ({
    ...request.headers,
    ...(request.headers.authorization === undefined ? { host } : {}),
  });
  const server = createServer((request, response) => {
    if (answers(request, response)) return;
    const onward = send(
      { hostname, port, path: request.url, method: request.method, headers: named(request) },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('upgrade', (request, socket, head) => {
    if (!upgrades) return socket.destroy();
    const onward = connect(Number(port), hostname, () => {
      const lines = Object.entries({ ...request.headers, host }).map(([name, value]) => `${name}: ${value}`);
      onward.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => end.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
