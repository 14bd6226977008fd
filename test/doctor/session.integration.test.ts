import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ChannelMessage, PageCommand } from '../../src/host/index.js';
import { LIVE_PATH, PROTOCOL, TOKEN_PREFIX } from '../../src/host/live/live-address.js';
import { expectWorking } from './faults/working.js';
import { openWorld, type World } from './faults/world.js';

/** How long a page waits for a message. */
const PATIENCE_MS = 20_000;

/** A page of the session: hears what pages hear, presses what pages offer. */
async function openPage(origin: string) {
  const html = await (await fetch(`${origin}/msp/settings/extensions`)).text();
  const boot = /<script type="application\/json" id="boot">(.*?)<\/script>/s.exec(html)?.[1] ?? '{}';
  const { token } = JSON.parse(boot) as { token: string };
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${LIVE_PATH}`, [
    PROTOCOL,
    `${TOKEN_PREFIX}${token}`,
  ]);
  const heard: ChannelMessage[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    heard.push(JSON.parse(data.toString()) as ChannelMessage);
    for (const wake of waiting) wake();
  });
  const until = (fits: (message: ChannelMessage) => boolean): Promise<ChannelMessage> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = heard.find(fits);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      const late = (): void =>
        reject(new Error(`no such message came: ${JSON.stringify(heard).slice(-3000)}`));
      setTimeout(late, PATIENCE_MS).unref();
    });
  await until(({ type }) => type === 'hello');
  return {
    until,
    press: (command: PageCommand) => socket.send(JSON.stringify({ type: 'command', command })),
    close: () => socket.terminate(),
  };
}

/** What an author sees who does nothing but look at terminal and page. */
describe('a session that watches itself', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world?.close());

  it('says why the page shows extract_failed, and mends it at one key', { timeout: 60_000 }, async () => {
    const { ready, session, s3, bucket, key, project, backend } = world;
    const { origin } = new URL(ready.urls.page);
    const page = await openPage(origin);
    const frame = `${origin}/runner/ext-ui/${ready.registryId}/${encodeURIComponent(ready.contentHash)}/index.html?tenant=${ready.tenantId}`;
    try {
      await s3.removeObject(bucket, key);
      await rm(join(project.root, '.alga', 'runner-cache', ready.contentHash.slice(7)), { recursive: true });
      const restarted = session.mark();
      page.press({ type: 'restartRunner' });
      await session.next('note', ({ message }) => message.startsWith('runner restarted'), restarted);
      const mark = session.mark();
      expect(await (await fetch(frame)).json()).toEqual({ code: 'extract_failed' });

      const told = await session.next('warning', ({ code }) => code === 'store.object-missing', mark);
      expect(told.hint).toMatch(/^Press f in alga dev/);
      await page.until(
        (message) => message.type === 'error' && message.error.code === 'store.object-missing',
      );

      page.press({ type: 'mend' });
      // Nothing was left to mend it from, so the session makes and publishes the same bundle again.
      await session.next('note', ({ message }) => message === 'store.object-missing: in order again', mark);
      await page.until((message) => message.type === 'cleared' && message.step === 'doctor');
      expect((await fetch(frame)).status).toBe(200);
      expect(`sha256:${await backend.digest(key)}`).toBe(ready.contentHash);
      await expectWorking(ready);
    } finally {
      page.close();
    }
  });
});
