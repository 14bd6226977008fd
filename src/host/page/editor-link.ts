import { h } from './dom.js';

/** Editors that register an address scheme, by which a page can open a file in them. */
const EDITORS: Readonly<Record<string, (file: string, line: number, column: number) => string>> = {
  'VS Code': (file, line, column) => `vscode://file${file}:${line}:${column}`,
  Cursor: (file, line, column) => `cursor://file${file}:${line}:${column}`,
  Windsurf: (file, line, column) => `windsurf://file${file}:${line}:${column}`,
  Zed: (file, line, column) => `zed://file${file}:${line}:${column}`,
  JetBrains: (file, line, column) =>
    `idea://open?file=${encodeURIComponent(decodeURI(file))}&line=${line}&column=${column}`,
};

const STORED = 'alga-editor';

/** A place in the source, with a link that opens it in the author's editor. */
export function sourcePlace(
  projectRoot: string,
  place: { readonly file: string; readonly line?: number | undefined; readonly column?: number | undefined },
): HTMLElement {
  const { file, line, column } = place;
  const path = encodeURI(`${projectRoot.replaceAll('\\', '/')}/${file}`);
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const link = h(
    'a',
    { class: 'editor-link' },
    [file, line, column].filter((part) => part !== undefined).join(':'),
  );
  const choice = h(
    'select',
    { class: 'select is-small', 'aria-label': 'Editor', on: { change: () => point(choice.value) } },
    ...Object.keys(EDITORS).map((name) => h('option', { value: name }, name)),
  );
  const point = (name: string): void => {
    const address = EDITORS[name]?.(rooted, line ?? 1, column ?? 1);
    if (address === undefined) return;
    link.href = address;
    localStorage.setItem(STORED, name);
  };
  const stored = localStorage.getItem(STORED) ?? '';
  choice.value = stored in EDITORS ? stored : 'VS Code';
  point(choice.value);
  return h('p', { class: 'error-place' }, link, h('span', { class: 'muted' }, 'open in'), choice);
}
