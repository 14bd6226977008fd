import type { Finding, LintModule } from '../rule.js';
import { child, children, nameOf, type SyntaxNode, text, walk } from '../syntax-tree.js';

/** Functions of each host interface, as JavaScript sees them. */
export const HOST_FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  context: ['getContext'],
  secrets: ['get', 'listKeys'],
  http: ['fetch'],
  storage: ['get', 'put', 'delete', 'listEntries'],
  logging: ['logInfo', 'logWarn', 'logError'],
  'ui-proxy': ['callRoute'],
  user: ['getUser'],
  'user-v2': ['getUser'],
  scheduler: [
    ...['listSchedules', 'getSchedule', 'createSchedule', 'updateSchedule', 'deleteSchedule'],
    'getEndpoints',
  ],
  invoicing: ['createManualInvoice'],
  clients: ['listClients', 'getClient'],
  services: ['listServices', 'getService'],
};

/** What older files call a function that has another name now. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  list: 'listEntries',
  info: 'logInfo',
  warn: 'logWarn',
  error: 'logError',
  call: 'callRoute',
  remove: 'delete',
  set: 'put',
};

const PREFIX = 'alga:extension/';

/** Finds imports of host interfaces or functions that do not exist. */
export function hostImportsRule({ tree }: LintModule): Finding[] {
  const found: Finding[] = [];
  walk(tree, (node) => {
    if (node.type !== 'ImportDeclaration') return;
    const source = child(node, 'source');
    const specifier = text(source, 'value') ?? '';
    if (!specifier.startsWith(PREFIX) || source === undefined) return;
    const name = specifier.slice(PREFIX.length);
    const functions = HOST_FUNCTIONS[name];
    if (functions === undefined) found.push(unknownInterface(source, name));
    else
      for (const item of children(node, 'specifiers')) found.push(...unknownFunction(item, name, functions));
  });
  return found;
}

function unknownInterface(source: SyntaxNode, name: string): Finding {
  const bare = name.replace(/@.*$/, '');
  const meant = HOST_FUNCTIONS[bare] === undefined ? undefined : bare;
  return {
    code: 'LINT_HOST_INTERFACE',
    message: `There is no host interface ${PREFIX}${name}.`,
    hint:
      meant === undefined
        ? `There are: ${Object.keys(HOST_FUNCTIONS).join(', ')}.`
        : `Import from '${PREFIX}${meant}', without a version.`,
    offset: source.start,
  };
}

function unknownFunction(item: SyntaxNode, name: string, functions: readonly string[]): Finding[] {
  if (item.type === 'ImportNamespaceSpecifier' || text(item, 'importKind') === 'type') return [];
  const imported = child(item, 'imported');
  const wanted =
    item.type === 'ImportDefaultSpecifier' ? 'default' : (nameOf(imported) ?? text(imported, 'value') ?? '');
  if (functions.includes(wanted)) return [];
  const old = name === 'secrets' && wanted === 'list' ? 'listKeys' : OLD_NAMES[wanted];
  return [
    {
      code: 'LINT_HOST_FUNCTION',
      message: `${PREFIX}${name} has no function ${wanted}.`,
      hint:
        old !== undefined && functions.includes(old)
          ? `Import { ${old} }.`
          : `It has: ${functions.join(', ')}.`,
      offset: item.start,
    },
  ];
}
