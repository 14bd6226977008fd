import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProject } from '../load.js';
import { lintUi } from './ui.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-lint-ui-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

/** Codes and places of what is found in a UI whose page loads `main.tsx`. */
async function codes(main: string, more: Record<string, string> = {}): Promise<string[]> {
  const manifest = { name: 'a.b', publisher: 'p', version: '1.0.0', runtime: 'wasm-js@1' };
  const files = {
    'manifest.json': JSON.stringify({ ...manifest, ui: { type: 'iframe', entry: 'ui/index.html' } }),
    'ui/index.html': '<script type="module" src="./main.tsx"></script>',
    'ui/main.tsx': main,
    ...more,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  const found = await lintUi(await loadProject(root));
  return found.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`);
}

const fromSdk = (names: string, statement: string) =>
  `import ${names} from '@alga-psa/extension-iframe-sdk';\n${statement}\n`;

describe('what does nothing in the product', () => {
  it.each([
    ['{ useBridge }', 'const bridge = useBridge();', 'LINT_UI_BRIDGE', 16],
    ['{ IframeBridge }', 'new IframeBridge();', 'LINT_UI_BRIDGE', 1],
    ['{ IframeBridge as B }', 'new B({});', 'LINT_UI_BRIDGE', 1],
    ['* as sdk', 'sdk.useBridge();', 'LINT_UI_BRIDGE', 1],
    ['{ useTheme }', 'useTheme(bridge);', 'LINT_UI_IDLE', 1],
    ['{ useAuthToken }', 'useAuthToken(bridge);', 'LINT_UI_IDLE', 1],
    ['{ getToken }', 'await getToken(bridge);', 'LINT_UI_IDLE', 7],
    ['{ navigate }', "navigate(bridge, '/msp');", 'LINT_UI_IDLE', 1],
  ])('%s of the SDK: %s', async (names, statement, code, column) => {
    expect(await codes(fromSdk(names, statement))).toEqual([`${code} ui/main.tsx:2:${column}`]);
  });

  it.each([
    ["alert('done');", 'LINT_UI_MODAL', 1],
    ["if (window.confirm('sure?')) go();", 'LINT_UI_MODAL', 5],
    ["fetch('/api/ext-proxy/x/y');", 'LINT_UI_FETCH', 1],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source that is looked at
    ['fetch(`/api/ext/${id}/y`);', 'LINT_UI_FETCH', 1],
    ['const a = <a href={url} download="x.csv">x</a>;', 'LINT_UI_DOWNLOAD', 11],
    ["document.referrer.includes('/client-portal/');", 'LINT_UI_REFERRER', 1],
    ["const from = document.referrer || ''; from.indexOf('/msp/');", 'LINT_UI_REFERRER', 39],
    ['/\\/client-portal\\//.test(document.referrer);', 'LINT_UI_REFERRER', 1],
    ['new URL(document.referrer).pathname;', 'LINT_UI_REFERRER', 1],
  ])('%s', async (statement, code, column) => {
    expect(await codes(statement)).toEqual([`${code} ui/main.tsx:1:${column}`]);
  });

  it('in every module that the page leads to', async () => {
    const more = { 'ui/lib/ask.ts': "export const ask = () => confirm('sure?');" };
    expect(await codes("import { ask } from './lib/ask.ts';\nask();", more)).toEqual([
      'LINT_UI_MODAL ui/lib/ask.ts:1:26',
    ]);
  });
});

describe('silent on', () => {
  it.each([
    fromSdk('{ IframeBridge }', 'new IframeBridge({ devAllowWildcard: true });'),
    fromSdk('{ IframeBridge }', 'new IframeBridge({ expectedParentOrigin: origin });'),
    fromSdk('{ IframeBridge }', 'new IframeBridge({ ...options }); new IframeBridge(options);'),
    fromSdk('{ useBridge }', 'window.__ALGA_DEV__ = true; useBridge();'),
    fromSdk('{ useBridge }', 'useBridge().setExpectedParentOrigin(origin);'),
    fromSdk('type { IframeBridge }', 'const of = (bridge: IframeBridge) => bridge;'),
    fromSdk('{ subscribeTheme, useResize, callHandlerJson }', 'subscribeTheme(bridge);'),
    "import { useTheme } from '@alga-psa/ui-kit';\nimport { navigate } from './routes';\nuseTheme(); navigate('/x');",
    "import { confirm } from './dialogs';\nconfirm('sure?');",
    "function ask({ alert }) { alert('x'); }\nconst text = 'alert(1)'; // alert(1)",
    "dialog.alert('x'); fetch('./data.json'); fetch('https://x/api/ext/y'); fetch(url);",
    'new URL(document.referrer).origin; if (document.referrer) post(document.referrer);',
    "location.pathname.includes('/client-portal/'); const a = <a href={url}>download</a>;",
  ])('%s', async (source) => {
    expect(await codes(source)).toEqual([]);
  });

  it('the output of a build, and code that does not parse', async () => {
    expect(await codes(`alert(1);\n${'// x'.repeat(30_000)}`)).toEqual([]);
    expect(await codes('alert(')).toEqual([]);
  });
});
