import { createRequire } from 'node:module';

/**
 * Loads React's production build for Ink. React chooses by `NODE_ENV` when it is first required, so
 * the variable is set for just that moment: other tools of the same process (Vite's hot reload)
 * read it too and must not see `production`.
 */
export function loadProductionReact(): void {
  const require = createRequire(import.meta.url);
  const fromInk = createRequire(require.resolve('ink'));
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    require('react');
    require('react/jsx-runtime');
    fromInk('react');
    fromInk('react-reconciler');
    fromInk('react-reconciler/constants.js');
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}
