import type { Browser, Frame, Page } from 'playwright-core';
import { vi } from 'vitest';
import type { TestHost } from './test-host.js';

const HTML =
  '<!doctype html><meta charset="utf-8"><title>x</title><h1>Demo extension</h1><script src="app.js"></script>';

/** Remembers what it hears, and says that it is ready. */
const SCRIPT = `
  window.heard = [];
  addEventListener('message', (event) => heard.push({ origin: event.origin, ...event.data }));
  parent.postMessage({ alga: true, version: '1', type: 'ready', payload: {} }, '*');
`;

/** Serves a tiny extension as the live UI. */
export function mountExtension(it: TestHost): void {
  it.host.mountUi(it.rows.registryId, (req, res) => {
    const script = req.url?.includes('app.js');
    res.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    res.end(script ? SCRIPT : HTML);
  });
}

/** Opens the host page of the extension and gives its frame, ready. */
export async function openExtension(
  browser: Pick<Browser, 'newPage'>,
  it: TestHost,
  options: { path?: string; width?: number } = {},
): Promise<{ page: Page; frame: Frame }> {
  const page = await browser.newPage({ viewport: { width: options.width ?? 1280, height: 800 } });
  await page.goto(`${it.host.origin}${options.path ?? `/msp/extensions/${it.rows.registryId}`}`);
  return { page, frame: await extensionFrame(page) };
}

/** The frame of the extension, once its script has run. */
export async function extensionFrame(page: Page): Promise<Frame> {
  await page.frameLocator('iframe[title="Extension App"]').getByText('Demo extension').waitFor();
  const frame = page.frames().find((known) => known.url().includes('/ext-ui/'));
  if (!frame) throw new Error('the frame is gone');
  // Asked again and again from outside: a function that waits inside is evaluated, which the frame's policy forbids.
  const ready = async (): Promise<void> => {
    if (!(await frame.evaluate('window.heard !== undefined'))) throw new Error('its script has not run');
  };
  await vi.waitFor(ready, { timeout: 20_000, interval: 20 });
  return frame;
}

interface Message {
  readonly type: string;
  readonly request_id?: string;
  readonly origin?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it field by field
  readonly payload?: any;
}

/** Sends a message from the frame to the page around it. */
export function post(frame: Frame, type: string, payload: unknown = {}, requestId?: string): Promise<void> {
  const envelope = {
    alga: true,
    version: '1',
    type,
    payload,
    ...(requestId ? { request_id: requestId } : {}),
  };
  return frame.evaluate(`parent.postMessage(${JSON.stringify(envelope)}, '*')`);
}

/** What the frame has heard so far. */
export function heard(frame: Frame): Promise<Message[]> {
  return frame.evaluate('window.heard');
}
