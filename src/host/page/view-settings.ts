import type { FrameSource, FrameStyle } from './frame-address.js';

export type Viewport = 'full' | 'tablet' | 'phone';

/** How the author looks at an extension; kept for the tab. */
export interface ViewSettings {
  readonly source: FrameSource;
  readonly style: FrameStyle;
  readonly viewport: Viewport;
}

const DEFAULTS: ViewSettings = { source: 'live', style: 'separate', viewport: 'full' };

const ALLOWED: { readonly [K in keyof ViewSettings]: readonly ViewSettings[K][] } = {
  source: ['live', 'published'],
  style: ['separate', 'docker', 'cloud', 'sealed'],
  viewport: ['full', 'tablet', 'phone'],
};

/** The settings of this tab; what was never chosen, or is no choice any more, is the default. */
export function loadSettings(): ViewSettings {
  const stored = readStored();
  return {
    source: pick('source', stored.source),
    style: pick('style', stored.style),
    viewport: pick('viewport', stored.viewport),
  };
}

/** Keeps the settings for this tab. */
export function saveSettings(settings: ViewSettings): void {
  sessionStorage.setItem('alga-view', JSON.stringify(settings));
}

function pick<K extends keyof ViewSettings>(name: K, value: unknown): ViewSettings[K] {
  return ALLOWED[name].find((allowed) => allowed === value) ?? DEFAULTS[name];
}

function readStored(): Record<string, unknown> {
  try {
    return (JSON.parse(sessionStorage.getItem('alga-view') ?? '{}') ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
