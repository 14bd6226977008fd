import type { PageBoot } from '../wire/boot.js';

/** What the server told this page; it stands in the page as data. */
export function readBoot(): PageBoot {
  return JSON.parse(document.getElementById('boot')?.textContent ?? 'null') as PageBoot;
}
