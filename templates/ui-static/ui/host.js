/** Messages between this iframe and the page around it, protocol version "1". */

const parentOrigin = findParentOrigin();

/** Tells the host that the page can be shown; it then sends its colours. */
export function ready() {
  window.parent.postMessage({ alga: true, version: '1', type: 'ready', payload: {} }, parentOrigin ?? '*');
}

/** Calls `listener` with the host's colours, a map of `--alga-*` variables, each time they are sent. */
export function onTheme(listener) {
  window.addEventListener('message', (event) => {
    // Any window can post a message here: only the page around us is listened to.
    if (event.source !== window.parent) return;
    if (parentOrigin !== undefined && event.origin !== parentOrigin) return;
    const message = event.data;
    if (message?.alga !== true || message.version !== '1' || message.type !== 'theme') return;
    const known = Object.entries(message.payload ?? {}).filter(
      ([name, value]) => name.startsWith('--alga-') && typeof value === 'string',
    );
    listener(Object.fromEntries(known));
  });
}

/** From the browser where it tells, else from our address or the referrer; undefined when nothing tells. */
function findParentOrigin() {
  const candidates = [
    window.location.ancestorOrigins?.[0],
    new URLSearchParams(window.location.search).get('parentOrigin'),
    document.referrer,
  ];
  for (const candidate of candidates) {
    if (candidate && URL.canParse(candidate)) return new URL(candidate).origin;
  }
  return undefined;
}
