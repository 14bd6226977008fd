import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LocalHttp, NoAnswerInTime, readText } from './local-http.js';

describe('calls to a service of this machine', () => {
  let server: Server;
  const http = new LocalHttp();

  const serve = async (answer: RequestListener): Promise<URL> => {
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  };
  const get = async (url: URL): Promise<string> =>
    readText(await http.open(url, { method: 'GET', timeoutMs: 5_000 }), 1_000);

  afterEach(() => {
    http.close();
    server.closeAllConnections();
    server.close();
  });

  it('use one connection again, and another one when that was closed meanwhile', async () => {
    const sockets = new Set<Socket>();
    const url = await serve((req, res) => {
      sockets.add(req.socket);
      // The call that comes when this connection is used again is never answered on it.
      if (sockets.size === 1 && req.url === '/cut') req.socket.destroy();
      else res.end('answered');
    });
    expect([await get(url), await get(url)]).toEqual(['answered', 'answered']);
    expect(sockets.size).toBe(1);
    expect(await get(new URL('/cut', url))).toBe('answered');
    expect(sockets.size).toBe(2);
  });

  it('send a body and headers', async () => {
    const url = await serve(async (req, res) => {
      const parts: Buffer[] = [];
      for await (const part of req) parts.push(part as Buffer);
      res.writeHead(201).end(`${req.method} ${req.headers['x-note']} ${Buffer.concat(parts)}`);
    });
    const answer = await http.open(url, {
      method: 'POST',
      headers: { 'x-note': 'hello' },
      body: Buffer.from('a body'),
      timeoutMs: 5_000,
    });
    expect([answer.statusCode, await readText(answer, 1_000)]).toEqual([201, 'POST hello a body']);
  });

  it('end when there is no answer in time, no connection, or too much of an answer', async () => {
    const url = await serve((req, res) => {
      if (req.url === '/large') res.end('x'.repeat(2_000));
    });
    await expect(http.open(url, { method: 'GET', timeoutMs: 20 })).rejects.toBeInstanceOf(NoAnswerInTime);
    await expect(get(new URL('/large', url))).rejects.toThrow(/larger than/);
    const nobody = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => resolve(port));
      });
    });
    await expect(get(new URL(`http://127.0.0.1:${nobody}/`))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
