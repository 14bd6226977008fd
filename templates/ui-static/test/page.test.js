import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const HOST = 'https://psa.example';
const html = readFileSync(new URL('../ui/index.html', import.meta.url), 'utf8');

describe('ui/index.html', () => {
  it('loads files that are there, and has no code of its own: the product would block it', () => {
    const files = [...html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, path]) => path);
    expect(files.filter((path) => !existsSync(new URL(path, new URL('../ui/', import.meta.url))))).toEqual(
      [],
    );
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|javascript:/i);
  });
});

describe('ui/main.js', () => {
  /** The page around the iframe, and what the script needs of a browser. */
  const parent = { postMessage: vi.fn() };
  const style = { setProperty: vi.fn() };
  const frame = Object.assign(new EventTarget(), { parent, location: { search: '' } });
  const elements = { clicks: { textContent: '0' }, click: new EventTarget() };

  const theme = (payload, { source = parent, origin = HOST } = {}) => {
    const data = { alga: true, version: '1', type: 'theme', payload };
    frame.dispatchEvent(Object.assign(new Event('message'), { data, source, origin }));
  };

  beforeAll(async () => {
    vi.stubGlobal('window', frame);
    vi.stubGlobal('document', {
      referrer: `${HOST}/msp/extensions`,
      documentElement: { style },
      getElementById: (id) => elements[id],
    });
    await import('../ui/main.js');
    return () => vi.unstubAllGlobals();
  });

  it('tells the page around it, and nobody else, that it is ready', () => {
    const ready = { alga: true, version: '1', type: 'ready', payload: {} };
    expect(parent.postMessage).toHaveBeenCalledExactlyOnceWith(ready, HOST);
  });

  it('counts clicks', () => {
    elements.click.dispatchEvent(new Event('click'));
    elements.click.dispatchEvent(new Event('click'));
    expect(elements.clicks.textContent).toBe('2');
  });

  it('takes its colours from the page around it only', () => {
    theme({ '--alga-bg': '#ffffff' }, { origin: 'https://elsewhere.example' });
    theme({ '--alga-bg': '#ffffff' }, { source: {} });
    expect(style.setProperty).not.toHaveBeenCalled();
    theme({ '--alga-bg': '#101018', color: 'red' });
    expect(style.setProperty).toHaveBeenCalledExactlyOnceWith('--alga-bg', '#101018');
  });
});
