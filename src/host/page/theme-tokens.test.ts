import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { themeTokens } from './theme-tokens.js';

const css = readFileSync(new URL('../assets/tokens.css', import.meta.url), 'utf8');

/** The variables one block of the style sheet sets. */
function block(selector: string): { getPropertyValue: (name: string) => string } {
  const text = css.split(`${selector} {`)[1]?.split('}')[0] ?? '';
  const set = new Map([...text.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]));
  return { getPropertyValue: (name) => set.get(name) ?? '' };
}

test('every token of both themes has a colour', () => {
  for (const selector of [':root', ':root.dark']) {
    const tokens = themeTokens(block(selector));
    expect(Object.keys(tokens)).toHaveLength(31);
    for (const [name, value] of Object.entries(tokens)) {
      if (name !== '--alga-radius' && name !== '--alga-ring')
        expect([name, value]).toEqual([name, expect.stringMatching(/^#[0-9a-f]{6}$/)]);
    }
  }
});

test('triplets with spaces or commas become hex, other values stay, missing ones fall back', () => {
  const values: Record<string, string> = {
    '--color-primary-500': ' 138 77 234 ',
    '--color-primary-50': '1, 2, 3',
    '--color-card': 'rebeccapurple',
    '--background': '#abcdef',
  };
  const tokens = themeTokens({ getPropertyValue: (name: string) => values[name] ?? '' });
  expect(tokens).toMatchObject({
    '--alga-primary': '#8a4dea',
    '--alga-primary-50': '#010203',
    '--alga-card-bg': 'rebeccapurple',
    '--alga-bg': '#abcdef',
    '--alga-radius': '8px',
  });
  expect(tokens).not.toHaveProperty('--alga-fg');
});
