import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from './App.tsx';
import { type Bridge, connect } from './bridge.ts';
import { applyTheme } from './theme.ts';

const HOST = 'https://psa.example';

/** The page around the iframe: keeps what it is sent, and sends. */
const parent = { postMessage: vi.fn() };
const style = { setProperty: vi.fn() };
const root = { style, dataset: {} as Record<string, string> };
let send: (data: unknown, from?: { source?: unknown; origin?: string }) => void;
let bridge: Bridge;

beforeEach(() => {
  const frame = new EventTarget();
  const location = { search: `?parentOrigin=${encodeURIComponent(HOST)}` };
  vi.stubGlobal('window', Object.assign(frame, { parent, location }));
  vi.stubGlobal('document', { title: 'My page', referrer: '', documentElement: root });
  send = (data, { source = parent, origin = HOST } = {}) =>
    void frame.dispatchEvent(Object.assign(new Event('message'), { data, source, origin }));
  bridge = connect();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

const message = (type: string, payload: object, requestId?: string) => ({
  ...{ alga: true, version: '1', type, payload },
  ...(requestId === undefined ? {} : { request_id: requestId }),
});

describe('the page', () => {
  it('shows its title and a button that was not clicked yet', () => {
    const html = renderToStaticMarkup(<App />);
    expect(html).toContain('<h1>My page</h1>');
    expect(html).toContain('Clicked 0 times');
  });

  it('tells the page around it, and nobody else, that it is ready', () => {
    bridge.ready();
    expect(parent.postMessage).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining(message('ready', {})),
      HOST,
    );
  });

  it('takes its colours from the page around it only', () => {
    bridge.onTheme(applyTheme);
    send(message('theme', { '--alga-bg': '#ffffff' }), { origin: 'https://elsewhere.example' });
    send(message('theme', { '--alga-bg': '#ffffff' }), { source: {} });
    expect(style.setProperty).not.toHaveBeenCalled();
    send(message('theme', { '--alga-bg': '#101018', color: 'red' }));
    expect(style.setProperty).toHaveBeenCalledExactlyOnceWith('--alga-bg', '#101018');
    expect(root.dataset.theme).toBe('dark');
  });

  it('gets the answers of a handler', async () => {
    const answer = bridge.call('GET', '/api/hello');
    const [asked] = parent.postMessage.mock.calls[0] ?? [];
    expect(asked).toMatchObject(message('apiproxy', { route: '/api/hello', method: 'GET' }));
    send(message('apiproxy_response', { body: btoa('{"hello":1}') }, asked.request_id));
    expect(await answer).toEqual({ hello: 1 });
  });
});
