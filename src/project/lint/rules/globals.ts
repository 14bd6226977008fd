import { globalPath } from '../own-names.js';
import type { Finding, LintContext, LintModule } from '../rule.js';
import { child, children, flag, isFunction, type SyntaxNode, walk } from '../syntax-tree.js';

type When = 'always' | 'parity' | 'top-level';

interface GlobalRow {
  readonly path: RegExp;
  readonly code: string;
  readonly when: When;
  readonly message: (name: string) => string;
  readonly hint: string;
}

const CLOCK = /^(?:Date\.now|performance\.now)$/;
const RANDOM = /^(?:Math\.random|crypto\.randomUUID|crypto\.getRandomValues)$/;

/** What misbehaves in a component without a word: which global, when, and what to do instead. */
const ROWS: readonly GlobalRow[] = [
  {
    path: CLOCK,
    code: 'LINT_TOP_LEVEL_CLOCK',
    when: 'top-level',
    message: (name) =>
      `${name} outside of a function runs once, when the component is built: the time never changes.`,
    hint: 'Call it inside the handler.',
  },
  {
    path: RANDOM,
    code: 'LINT_TOP_LEVEL_RANDOM',
    when: 'top-level',
    message: (name) =>
      `${name} outside of a function runs once, when the component is built: every request gets the same value.`,
    hint: 'Call it inside the handler.',
  },
  {
    path: /^Date\.now$/,
    code: 'LINT_PARITY_CLOCK',
    when: 'parity',
    message: (name) => `In the product's own build ${name} is the time of the build, not of the request.`,
    hint: 'Take the time from the request, or build without --parity.',
  },
  {
    path: /^performance\.now$/,
    code: 'LINT_PARITY_CLOCK',
    when: 'parity',
    message: (name) => `In the product's own build ${name} ends the request with an error.`,
    hint: 'Remove it, or build without --parity.',
  },
  {
    path: RANDOM,
    code: 'LINT_PARITY_RANDOM',
    when: 'parity',
    message: (name) => `In the product's own build ${name} gives the same values in every request.`,
    hint: 'Derive ids from the request id, or build without --parity.',
  },
  {
    path: /^(?:setTimeout|setInterval|setImmediate)$/,
    code: 'LINT_PARITY_TIMER',
    when: 'parity',
    message: (name) => `In the product's own build ${name} ends the request with an error.`,
    hint: 'Do the work at once, or in a schedule of its own.',
  },
  {
    path: /^console\.\w+$/,
    code: 'LINT_PARITY_CONSOLE',
    when: 'parity',
    message: (name) => `In the product's own build ${name} prints nowhere.`,
    hint: 'Use logInfo, logWarn or logError of alga:extension/logging.',
  },
  {
    path: /^(?:fetch|XMLHttpRequest|WebSocket|EventSource)$/,
    code: 'LINT_FETCH',
    when: 'always',
    message: (name) => `The global ${name} does not work in a component: it ends the request with an error.`,
    hint: 'Use fetch of alga:extension/http, with the capability cap:http.fetch.',
  },
  {
    path: /^(?:process|Buffer|__dirname|__filename|require)(?:\.|$)/,
    code: 'LINT_NODE_GLOBAL',
    when: 'always',
    message: (name) => `${name} belongs to Node and does not exist in a component.`,
    hint: 'Read settings from alga:extension/secrets; for bytes use TextEncoder, TextDecoder and Uint8Array.',
  },
  {
    path: /^(?:window|document|localStorage|sessionStorage|navigator)(?:\.|$)/,
    code: 'LINT_BROWSER_GLOBAL',
    when: 'always',
    message: (name) => `${name} belongs to the browser and does not exist in a component.`,
    hint: 'Move this code to the UI.',
  },
];

/** Finds uses of globals that a component has not, or has in another form than expected. */
export function globalsRule(module: LintModule, { features }: LintContext): Finding[] {
  const found: Finding[] = [];
  walk(module.tree, (node, parents) => {
    const parent = parents.at(-1);
    if (parent === undefined || isName(node, parent)) return;
    const path = globalPath(node, module.ownNames) ?? clockOf(node, module.ownNames);
    if (path === undefined) return;
    const topLevel = !parents.some((around) => isFunction(around) || around.type === 'PropertyDefinition');
    const row = ROWS.find(
      ({ path: pattern, when }) => pattern.test(path) && applies(when, topLevel, features),
    );
    if (row === undefined || isGuarded(module.text, path)) return;
    const name = path === 'Date.now' && node.type !== 'MemberExpression' ? 'new Date()' : path;
    found.push({ code: row.code, message: row.message(name), hint: row.hint, offset: node.start });
  });
  return found;
}

function applies(when: When, topLevel: boolean, features: 'default' | 'parity'): boolean {
  if (when === 'top-level') return topLevel;
  return when === 'always' || features === 'parity';
}

/** `new Date()` without arguments reads the clock like `Date.now()`. */
function clockOf(node: SyntaxNode, ownNames: ReadonlySet<string>): string | undefined {
  if (node.type !== 'NewExpression' || children(node, 'arguments').length > 0) return undefined;
  const callee = child(node, 'callee');
  return callee !== undefined && globalPath(callee, ownNames) === 'Date' ? 'Date.now' : undefined;
}

/** An identifier that names a property, a label or the tail of a longer path uses no global. */
function isName(node: SyntaxNode, parent: SyntaxNode): boolean {
  const inPath = parent.type === 'MemberExpression' && !flag(parent, 'computed');
  if (node.type === 'MemberExpression') return inPath && child(parent, 'object') === node;
  if (node.type !== 'Identifier') return false;
  if (inPath) return true;
  if (/^(?:Property|PropertyDefinition|MethodDefinition)$/.test(parent.type))
    return child(parent, 'value') !== node;
  return /^(?:Import|Export|Label|Break|Continue)/.test(parent.type) || parent.type === 'UnaryExpression';
}

/** A module that asks `typeof process` knows that it may be missing. */
function isGuarded(text: string, path: string): boolean {
  const root = path.split('.')[0] ?? path;
  return new RegExp(`typeof\\s+(?:globalThis\\.)?${root}\\b`).test(text);
}
