import type { ThemeTokens } from './bridge.ts';

/** Writes the host's colours on the document and sets light or dark by how bright its background is. */
export function applyTheme(tokens: ThemeTokens): void {
  const { style, dataset } = document.documentElement;
  for (const [name, value] of Object.entries(tokens)) style.setProperty(name, value);
  const brightness = brightnessOf(tokens['--alga-bg']);
  if (brightness !== undefined) dataset.theme = brightness < 0.5 ? 'dark' : 'light';
}

/** From 0 (black) to 1 (white); undefined when the colour is not written as `#rrggbb`. */
function brightnessOf(colour: string | undefined): number | undefined {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour ?? '')?.[1];
  if (hex === undefined) return undefined;
  const value = Number.parseInt(hex, 16);
  return (0.299 * (value >> 16) + 0.587 * ((value >> 8) & 255) + 0.114 * (value & 255)) / 255;
}
