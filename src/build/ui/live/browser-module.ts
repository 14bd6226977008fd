/** Address of the module below the live base. */
export const BROWSER_MODULE = '/@alga/live';
/** Path, relative to that module, that answers 204 while pages can be served. */
export const PING_PATH = '/@alga/ping';
/** Sent to pages after every change that transforms well. */
export const CHANGED_EVENT = 'alga:changed';
/** Marks a page that stands in for one that cannot be made. */
export const STAND_IN_MARK = 'alga-stand-in';

/**
 * The module that every live page loads first. A page whose modules did not load has nothing that could take
 * a hot update: it is loaded anew by the next good change, and only such a page is. When the server comes
 * back after a pause (restart, sleep) the page is loaded once.
 */
export const BROWSER_MODULE_TEXT = `
let loaded = false;
let broken = document.querySelector('meta[name="${STAND_IN_MARK}"]') !== null;
addEventListener('load', () => { loaded = true; });
addEventListener('error', (event) => {
  if (event.target instanceof HTMLScriptElement || !loaded) broken = true;
}, true);

// Written so that no bundler, of the author's or of ours, takes it for the address of a file of its own.
const here = import.meta['url'];
const ping = async () => {
  try {
    return (await fetch(new URL('./ping', here), { cache: 'no-store' })).status === 204;
  } catch {
    return false;
  }
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const shown = () => new Promise((resolve) => {
  if (document.visibilityState === 'visible') resolve();
  else document.addEventListener('visibilitychange', resolve, { once: true });
});

import.meta.hot.on('${CHANGED_EVENT}', () => { if (broken) location.reload(); });
import.meta.hot.on('vite:ws:disconnect', async () => {
  for (let wait = 100; ; wait = Math.min(wait * 2, 2000)) {
    await pause(wait);
    await shown();
    if (await ping()) break;
  }
  location.reload();
  await new Promise(() => {});
});
`;
