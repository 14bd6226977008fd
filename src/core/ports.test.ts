import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { anyFreePort, choosePort, isPortFree } from './ports.js';

const servers: Server[] = [];

async function occupy(host: string, port = 0): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

describe('isPortFree', () => {
  it('sees a holder of either loopback address and of the wildcard', async () => {
    for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
      const port = await occupy(host);
      expect(await isPortFree(port), host).toBe(false);
    }
  });

  it('leaves the port free', async () => {
    const port = await anyFreePort();
    expect(await isPortFree(port)).toBe(true);
    expect(await occupy('127.0.0.1', port)).toBe(port);
  });
});

describe('choosePort', () => {
  it('takes the first preferred port that is free', async () => {
    const [held, free] = [await occupy('::1'), await anyFreePort()];
    expect(await choosePort({ preferred: [held, free] })).toBe(free);
  });

  it('goes on after the last preferred one and skips those promised to others', async () => {
    const held = await occupy('127.0.0.1');
    const next = await choosePort({ preferred: [held] });
    expect(next).toBeGreaterThan(held);
    expect(await choosePort({ preferred: [held], taken: new Set([next]) })).toBeGreaterThan(next);
  });

  it('lets the system pick when the range is used up', async () => {
    const held = await occupy('127.0.0.1');
    expect(await choosePort({ preferred: [held], span: 0 })).not.toBe(held);
  });
});
