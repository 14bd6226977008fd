/** What a WIT text declares, item by item, so that two texts can be compared. */
export interface DefinitionParts {
  /** `interface.item` (a function, record or enum) to its text without white space. */
  readonly items: ReadonlyMap<string, string>;
  /** Names of the interfaces that the world imports. */
  readonly imports: readonly string[];
  /** Exports of the world, without white space. */
  readonly exports: readonly string[];
}

/** Reads the parts of a WIT text without comments. Text in a form it does not know is left out. */
export function definitionParts(wit: string, world: string): DefinitionParts {
  const items = new Map<string, string>();
  let imports: string[] = [];
  let exports: string[] = [];
  for (const { keyword, name, body } of blocksOf(wit)) {
    if (keyword === 'interface') {
      for (const item of itemsOf(body)) items.set(`${name}.${item.name}`, item.text);
    } else if (name === world) {
      imports = [...body.matchAll(/\bimport ([\w-]+) ?;/g)].map((match) => match[1] ?? '');
      exports = [...body.matchAll(/\bexport ([^;]+);/g)].map((match) => bare(match[1] ?? ''));
    }
  }
  return { items, imports, exports };
}

/**
 * Why a project's definition cannot be built against a host that implements another one: the first thing the
 * host does not have in this form. Undefined when everything in it is the host's as well.
 */
export function strangerIn(own: DefinitionParts, host: DefinitionParts): string | undefined {
  const missing = own.imports.find((name) => !host.imports.includes(name));
  if (missing !== undefined) return `the host has no interface ${missing}`;
  if (own.exports.join() !== host.exports.join()) return 'its world exports something else than handler';
  const used = new Set(['types', ...own.imports]);
  for (const [name, text] of own.items) {
    if (!used.has(name.slice(0, name.indexOf('.')))) continue;
    const known = host.items.get(name);
    if (known === undefined) return `the host has no ${name}`;
    if (known !== text) return `the host's ${name} looks different`;
  }
  return undefined;
}

interface Block {
  readonly keyword: string;
  readonly name: string;
  readonly body: string;
}

/** Interfaces and worlds with what stands between their braces. */
function blocksOf(wit: string): Block[] {
  const blocks: Block[] = [];
  const heads = /\b(interface|world) ([\w-]+) ?\{/g;
  for (let head = heads.exec(wit); head !== null; head = heads.exec(wit)) {
    const end = closingBrace(wit, heads.lastIndex);
    blocks.push({ keyword: head[1] ?? '', name: head[2] ?? '', body: wit.slice(heads.lastIndex, end) });
    heads.lastIndex = end;
  }
  return blocks;
}

/** Functions end with a semicolon, records and enums with a brace; what `use` names is compared at its origin. */
function itemsOf(body: string): Array<{ name: string; text: string }> {
  const items: Array<{ name: string; text: string }> = [];
  const heads = /(?:\b(use) [^;]+;)|(?:\b(record|enum|variant|flags) ([\w-]+) ?\{)|(?:([\w-]+) ?: ?func\b)/g;
  for (let head = heads.exec(body); head !== null; head = heads.exec(body)) {
    if (head[1] !== undefined) continue;
    const end = head[2] === undefined ? body.indexOf(';', head.index) : closingBrace(body, heads.lastIndex);
    const stop = end === -1 ? body.length : end;
    items.push({ name: head[3] ?? head[4] ?? '', text: bare(body.slice(head.index, stop)) });
    heads.lastIndex = stop;
  }
  return items;
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return text.length;
}

function bare(text: string): string {
  return text.replace(/\s+/g, '').replace(/,(?=[}\])]|$)/g, '');
}
