import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { HttpClient } from './http-client.js';

const client = new HttpClient();
let server: Server | undefined;
const sockets = new Set<Socket>();

afterEach(async () => {
  client.close();
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
});

/** A server that hands every request's socket, with its number on that socket, to `answer`. */
async function serve(answer: (socket: Socket, nth: number) => void): Promise<URL> {
  server = createServer((socket) => {
    let nth = 0;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => {
      nth += 1;
      answer(socket, nth);
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(listening.address() as AddressInfo).port}/x`);
}

const call = (url: URL, maxBytes = 100) =>
  client.call({ method: 'GET', url, timeoutMs: 500, maxBytes }).then(({ body }) => body.toString());

it('asks again when a kept-alive socket turns out to be closed', async () => {
  const url = await serve((socket, nth) => {
    if (nth === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    else socket.resetAndDestroy();
  });
  expect([await call(url), await call(url)]).toEqual(['ok', 'ok']);
});

it('does not ask again when a new socket breaks', async () => {
  let requests = 0;
  const url = await serve((socket) => {
    requests += 1;
    socket.resetAndDestroy();
  });
  await expect(call(url)).rejects.toMatchObject({ name: 'TransportError' });
  expect(requests).toBe(1);
});

it('bounds the time of headers and body together, and the size of the body', async () => {
  const silent = await serve(() => undefined);
  await expect(call(silent)).rejects.toThrow('no answer within 500 ms');
  server?.close();
  const endless = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'));
  await expect(call(endless)).rejects.toMatchObject({ name: 'TransportError' });
  server?.close();
  const large = await serve((socket) =>
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n${'x'.repeat(9)}`),
  );
  await expect(call(large, 8)).rejects.toThrow('over 8 bytes');
});
