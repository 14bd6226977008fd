import type { PageBoot } from '../wire/boot.js';

/** Prefix under which the files of our own pages are served. */
export const FILES_PREFIX = '/__alga/page';

/**
 * The HTML of every page. What it has to say travels as data: nothing that came from an extension is
 * ever written as markup, and the policy allows no inline script.
 */
export function pageDocument(boot: PageBoot, title: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <link rel="icon" href="${FILES_PREFIX}/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="${FILES_PREFIX}/assets/tokens.css">
    <link rel="stylesheet" href="${FILES_PREFIX}/assets/page.css">
    <script src="${FILES_PREFIX}/page/theme-boot.js"></script>
    <script type="application/json" id="boot">${scriptJson(boot)}</script>
    <script type="module" src="${FILES_PREFIX}/page/main.js"></script>
  </head>
  <body>
    <div id="app"></div>
    <noscript>The pages of alga dev need JavaScript.</noscript>
  </body>
</html>
`;
}

/** Policy of our own pages. */
export function pagePolicy(hosts: { page: string; frame: string }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ws://${hosts.page}`,
    `frame-src 'self' http://${hosts.frame}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (char) => entities[char] ?? char);
}

/** JSON that cannot end the element it stands in. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028|\u2029/g, ' ');
}
