import { describe, expect, it } from 'vitest';
import { InlineScripts } from './inline-scripts.js';

const source = '<head><script>author()</script></head>';

describe('InlineScripts', () => {
  it('moves an injected script out and serves it under the address it left behind', () => {
    const scripts = new InlineScripts('/live/@alga/inline/');
    const html = scripts.moveOut(`<head><script type="module">injected()</script></head>`, source);
    const name = /src="\/live\/@alga\/inline\/([0-9a-f]{16}\.js)"><\/script>/.exec(html)?.[1] ?? '';
    expect(html).toContain('<script type="module" src=');
    expect(scripts.find(name)).toBe('injected()');
    expect(scripts.find('other.js')).toBeUndefined();
  });

  it.each([
    source,
    '<script src="./main.js"></script>',
    '<script type="application/json">{"a":1}</script>',
    '<script type="importmap">{"imports":{}}</script>',
    '<script></script>',
  ])('leaves %s alone', (html) => {
    expect(new InlineScripts('/x/').moveOut(html, source)).toBe(html);
  });

  it('forgets the oldest when a plugin writes a new script each time', () => {
    const scripts = new InlineScripts('/x/');
    const nameOf = (html: string) => /\/x\/([^"]+)/.exec(html)?.[1] ?? '';
    const first = nameOf(scripts.moveOut('<script>at(0)</script>', ''));
    for (let i = 1; i <= 100; i++) scripts.moveOut(`<script>at(${i})</script>`, '');
    expect(scripts.find(first)).toBeUndefined();
  });
});
