/** Address of the module below the live base. */
export const BROWSER_MODULE = '/@alga/live';
/** Path below the live base that answers 204 while the server of the token in its query serves pages, 410 when it is gone. */
export const PING_PATH = '/@alga/ping';
/** Sent to pages after every change that transforms well. */
export const CHANGED_EVENT = 'alga:changed';
/** Said by a page when it is opened: what its forerunner has thrown is over. */
export const OPENED_EVENT = 'alga:opened';
/** Said by a page when nobody has caught an error. */
export const THROWN_EVENT = 'alga:thrown';
/** Marks a page that stands in for one that cannot be made. */
export const STAND_IN_MARK = 'alga-stand-in';

/**
 * The module that every live page loads first. A page whose modules did not load has nothing that could take
 * a hot update: it is loaded anew by the next good change, and only such a page is. What its code throws and
 * nobody catches is told to the author, each error once.
 */
export const BROWSER_MODULE_TEXT = `
let loaded = false;
let broken = document.querySelector('meta[name="${STAND_IN_MARK}"]') !== null;
addEventListener('load', () => { loaded = true; });
addEventListener('error', (event) => {
  if (event.target instanceof HTMLScriptElement || !loaded) broken = true;
}, true);

import.meta.hot.on('${CHANGED_EVENT}', () => { if (broken) location.reload(); });

import.meta.hot.send('${OPENED_EVENT}');
const told = new Set();
const tell = (thrown) => {
  const message = String(thrown?.message ?? thrown).slice(0, 2000);
  const stack = String(thrown?.stack ?? '').slice(0, 20000);
  const isNews = told.size < 20 && !told.has(message + stack);
  if (!isNews) return;
  told.add(message + stack);
  import.meta.hot.send('${THROWN_EVENT}', { message, stack });
};
addEventListener('error', ({ error, message, filename, lineno, colno }) => {
  if (error) tell(error);
  else if (filename) tell({ message, stack: \`\${filename}:\${lineno}:\${colno}\` });
});
addEventListener('unhandledrejection', ({ reason }) => tell(reason));
`;
