import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { runnerProxy } from './runner-proxy.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a runner that takes too long is 504 runner_timeout, and told as a failure', async () => {
  const runner = await listen(() => undefined);
  const failures: unknown[] = [];
  const app = express().use(
    runnerProxy({
      runnerUrl: () => runner,
      pageOrigin: () => 'http://page.example',
      patienceMs: 40,
      onFailure: (failure) => failures.push(failure),
    }),
  );
  const host = await listen(app);
  const answer = await fetch(`${host}/runner/ext-ui/x/y/index.html`);
  expect([answer.status, await answer.json()]).toEqual([504, { error: 'runner_timeout' }]);
  expect(failures).toEqual([{ path: '/runner/ext-ui/x/y/index.html', status: 502 }]);
});
