import type { Finding, LintModule, UiContext } from '../rule.js';
import { child, children, keyOf, nameOf, type SyntaxNode, text, walk } from '../syntax-tree.js';

const SDK = /^@alga(?:-psa)?\/extension-iframe-sdk$/;

const NEVER_SENT = 'waits for a message that the product never sends';
/** Exports of the SDK that come to nothing in the product, and what to use in their place. */
const IDLE: Readonly<Record<string, readonly [does: string, hint: string]>> = {
  useTheme: [NEVER_SENT, 'Use subscribeTheme(bridge), which follows the colours that are sent.'],
  useAuthToken: [NEVER_SENT, 'Call the handler through the bridge: Alga knows who is signed in.'],
  getToken: [NEVER_SENT, 'Call the handler through the bridge: Alga knows who is signed in.'],
  navigate: ['sends a message that the product ignores', 'Change what the frame itself shows.'],
};

/** Finds uses of the SDK that come to nothing in the product. */
export function uiBridgeRule({ tree }: LintModule, { tellsOrigin }: UiContext): Finding[] {
  const found: Finding[] = [];
  const exported = sdkNames(tree);
  walk(tree, (node) => {
    if (!/^(?:Call|New)Expression$/.test(node.type)) return;
    const name = exported(child(node, 'callee'));
    const idle = name === undefined ? undefined : IDLE[name];
    const { start: offset } = node;
    if (idle !== undefined)
      found.push({ code: 'LINT_UI_IDLE', message: `${name} ${idle[0]}.`, hint: idle[1], offset });
    if (!tellsOrigin && (name === 'useBridge' || (name === 'IframeBridge' && isBare(node))))
      found.push({ ...LOST, offset });
  });
  return found;
}

const LOST: Omit<Finding, 'offset'> = {
  code: 'LINT_UI_BRIDGE',
  message:
    "In the cloud this bridge takes the frame's own origin for Alga's: no message arrives on either side.",
  hint: 'Make one bridge outside of the components: new IframeBridge({ devAllowWildcard: true }).',
};

/** Gives the SDK's name for what a node calls: by a named import, or through the whole module. */
function sdkNames(tree: SyntaxNode): (callee: SyntaxNode | undefined) => string | undefined {
  const names = new Map<string, string>();
  const wholes = new Set<string>();
  walk(tree, (node) => {
    if (node.type !== 'ImportDeclaration' || !SDK.test(text(child(node, 'source'), 'value') ?? '')) return;
    for (const item of children(node, 'specifiers')) {
      const local = nameOf(child(item, 'local'));
      if (local === undefined) continue;
      if (item.type === 'ImportNamespaceSpecifier') wholes.add(local);
      else names.set(local, nameOf(child(item, 'imported')) ?? local);
    }
  });
  return (callee) => {
    const whole = nameOf(child(callee, 'object'));
    if (whole !== undefined && wholes.has(whole)) return keyOf(callee, 'property');
    return names.get(nameOf(callee) ?? '');
  };
}

/** Whether a bridge is made without any word on the origin it is to talk to. */
function isBare(node: SyntaxNode): boolean {
  const [options] = children(node, 'arguments');
  if (options === undefined) return true;
  if (options.type !== 'ObjectExpression') return false;
  const properties = children(options, 'properties');
  return !properties.some(
    (property) =>
      property.type === 'SpreadElement' ||
      /^(?:devAllowWildcard|expectedParentOrigin)$/.test(keyOf(property) ?? ''),
  );
}
