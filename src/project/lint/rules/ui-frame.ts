import { globalPath } from '../own-names.js';
import type { Finding, LintModule } from '../rule.js';
import { child, children, type SyntaxNode, text, walk } from '../syntax-tree.js';

const MODAL = /^(?:window\.)?(?:alert|confirm|prompt|print)$/;
const FETCH = /^(?:window\.)?fetch$/;
/** Addresses of the app; no file of a UI is ever served below them. */
const OF_THE_APP = /^\/api\/(?:ext|ext-proxy|extensions|v1)\//;

/** Finds what the product's sandbox or content security policy lets come to nothing. */
export function uiFrameRule({ tree, ownNames }: LintModule): Finding[] {
  const found: Finding[] = [];
  walk(tree, (node) => {
    const { start: offset } = node;
    if (isDownload(node)) found.push({ ...DOWNLOAD, offset });
    if (node.type !== 'CallExpression') return;
    const callee = child(node, 'callee');
    const path = callee === undefined ? undefined : globalPath(callee, ownNames);
    if (path === undefined) return;
    if (MODAL.test(path)) found.push({ ...modal(path), offset });
    if (FETCH.test(path) && OF_THE_APP.test(startOf(children(node, 'arguments')[0])))
      found.push({ ...FETCH_OF_APP, offset });
  });
  return found;
}

function modal(path: string): Omit<Finding, 'offset'> {
  return {
    code: 'LINT_UI_MODAL',
    message: `${path} does nothing in the sandbox of the product's frame.`,
    hint: 'Show it in the page itself.',
  };
}

const FETCH_OF_APP: Omit<Finding, 'offset'> = {
  code: 'LINT_UI_FETCH',
  message: 'In the cloud the frame has another origin than Alga: this call never reaches it.',
  hint: "Call the handler through the page around the frame: callHandlerJson(bridge, '/path') of the SDK.",
};

const DOWNLOAD: Omit<Finding, 'offset'> = {
  code: 'LINT_UI_DOWNLOAD',
  message: "The sandbox of the product's frame blocks downloads.",
  hint: 'Show the content in the page, to be copied from there.',
};

/** `<a download>` in JSX. */
function isDownload(node: SyntaxNode): boolean {
  return (
    node.type === 'JSXOpeningElement' &&
    text(child(node, 'name'), 'name') === 'a' &&
    children(node, 'attributes').some((attribute) => text(child(attribute, 'name'), 'name') === 'download')
  );
}

/** The text that an argument begins with, as far as it stands in the source. */
function startOf(node: SyntaxNode | undefined): string {
  if (node?.type !== 'TemplateLiteral') return text(node, 'value') ?? '';
  const [first] = children(node, 'quasis');
  const value: unknown = first === undefined ? undefined : Reflect.get(first, 'value');
  return typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : '';
}
