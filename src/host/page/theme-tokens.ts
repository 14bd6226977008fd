/** Names of the messages' theme tokens, each with the host variables it is read from, the first that is set. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  '--alga-primary': ['--color-primary-500'],
  '--alga-primary-foreground': ['--color-primary-50'],
  '--alga-primary-light': ['--color-primary-200'],
  '--alga-primary-dark': ['--color-primary-600'],
  '--alga-primary-50': ['--color-primary-50'],
  '--alga-primary-100': ['--color-primary-100'],
  '--alga-secondary': ['--color-secondary-500'],
  '--alga-secondary-foreground': ['--color-secondary-50'],
  '--alga-secondary-light': ['--color-secondary-400'],
  '--alga-accent': ['--color-accent-500'],
  '--alga-accent-foreground': ['--color-accent-50'],
  '--alga-danger': ['--color-status-error'],
  '--alga-danger-dark': ['--color-destructive'],
  '--alga-fg': ['--color-text-900'],
  '--alga-muted-fg': ['--color-text-500'],
  '--alga-border': ['--color-border-200'],
  '--alga-border-light': ['--color-border-100'],
  '--alga-bg': ['--color-background', '--background'],
  '--alga-card-bg': ['--color-card', '--color-border-50'],
  '--alga-muted': ['--color-border-50'],
  '--alga-row-even': ['--color-border-50'],
  '--alga-row-odd': ['--color-background', '--background'],
  '--alga-row-hover': ['--color-primary-50'],
  '--alga-primary-soft': ['--color-primary-50'],
  '--alga-primary-soft-fg': ['--color-primary-700'],
  '--alga-primary-soft-hover': ['--color-primary-100'],
  '--alga-primary-border': ['--color-primary-300'],
  '--alga-success': ['--color-status-success'],
  '--alga-warning': ['--color-status-warning'],
  '--alga-radius': ['--radius-lg'],
};

const DEFAULTS: Readonly<Record<string, string>> = {
  '--alga-bg': '#ffffff',
  '--alga-row-odd': '#ffffff',
  '--alga-radius': '8px',
};

/** The page's own theme in the words of the `theme` message: RGB triplets become `#rrggbb`, the rest stays. */
export function themeTokens(style: Pick<CSSStyleDeclaration, 'getPropertyValue'>): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [token, sources] of Object.entries(SOURCES)) {
    const value = sources.map((name) => style.getPropertyValue(name).trim()).find((text) => text !== '');
    const found = value ?? DEFAULTS[token];
    if (found !== undefined) tokens[token] = hexOf(found);
  }
  tokens['--alga-ring'] = '0 0% 0%';
  return tokens;
}

function hexOf(value: string): string {
  const triplet = /^(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})$/.exec(value);
  if (!triplet) return value;
  const parts = triplet.slice(1).map((part) => Math.min(255, Number(part)).toString(16).padStart(2, '0'));
  return `#${parts.join('')}`;
}
