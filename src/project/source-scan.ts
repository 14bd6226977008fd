/** What a quick look at a JavaScript or TypeScript module tells, without a compiler. */
export interface SourceScan {
  /** Specifiers of static and literal dynamic imports and of re-exports; type-only ones left out. */
  readonly imports: readonly string[];
  /** How the module offers `handler`, when it does. */
  readonly handler?: HandlerExport;
  /** Modules of `export * from`. */
  readonly starExports: readonly string[];
}

export interface HandlerExport {
  /** Module it is passed on from; absent when it is defined here. */
  readonly from?: string;
  /** Number of its parameters when its definition stands here and could be read. */
  readonly parameters?: number;
  /** Character offset of its name. */
  readonly offset: number;
}

const IMPORT = /\bimport\s+(?!type\b(?!\s*(?:,|from\b)))(?:[\w$*\s{},]+?\s+from\s*)?(['"])([^'"\n]+)\1/g;
const EXPORT_FROM = /\bexport\s+(?!type\b)(\*(?:\s*as\s+[\w$]+)?|\{[^}]*\})\s*from\s*(['"])([^'"\n]+)\2/g;
const DYNAMIC = /\b(?:import|require)\s*\(\s*(['"])([^'"\n]+)\1\s*\)/g;
const LOCAL_NAMES = /\bexport\s*\{([^}]*)\}(?!\s*from)/g;
const DECLARED = /\bexport\s+(?:async\s+)?(?:function\s*\*?|const|let|var)\s+handler\b/;

/**
 * Reads imports and the `handler` export of a module's text. It works on the text with comments
 * blanked out; it may miss exotic forms, never throws, and is good enough to choose between files.
 */
export function scanSource(text: string): SourceScan {
  const code = blankComments(text);
  const imports = new Set<string>();
  for (const [, , specifier] of code.matchAll(IMPORT)) imports.add(specifier ?? '');
  for (const [, , specifier] of code.matchAll(DYNAMIC)) imports.add(specifier ?? '');
  const starExports: string[] = [];
  let handler = declaredHandler(code);
  for (const match of code.matchAll(EXPORT_FROM)) {
    const [, names = '', , specifier = ''] = match;
    imports.add(specifier);
    if (names.startsWith('*')) {
      if (names === '*') starExports.push(specifier);
    } else if (exportedAs(names, 'handler') !== undefined) {
      handler ??= { from: specifier, offset: match.index };
    }
  }
  handler ??= listedHandler(code);
  return { imports: [...imports], starExports, ...(handler === undefined ? {} : { handler }) };
}

/** The text with comments replaced by spaces (line breaks kept), so that offsets stay true. */
export function blankComments(text: string): string {
  return text.replace(
    /(["'])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<=[=(,:[!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\//g,
    (token) => (token.startsWith('//') || token.startsWith('/*') ? token.replace(/[^\n]/g, ' ') : token),
  );
}

function declaredHandler(code: string): HandlerExport | undefined {
  const found = DECLARED.exec(code);
  if (found === null) return undefined;
  return withParameters(code, found.index + found[0].length - 'handler'.length);
}

/** `export { handler }` and `export { x as handler }`, whose definition stands elsewhere in the module. */
function listedHandler(code: string): HandlerExport | undefined {
  for (const match of code.matchAll(LOCAL_NAMES)) {
    const local = exportedAs(match[1] ?? '', 'handler');
    if (local === undefined) continue;
    const from = importedFrom(code, local);
    if (from !== undefined) return { from, offset: match.index };
    const defined = new RegExp(`\\b(?:function\\s*\\*?|const|let|var)\\s+${escaped(local)}\\b`).exec(code);
    if (defined === null) return { offset: match.index };
    return withParameters(code, defined.index + defined[0].length - local.length);
  }
  return undefined;
}

/** Counts the parameters of the function whose name stands at `offset`, when it can be read. */
function withParameters(code: string, offset: number): HandlerExport {
  const rest = code.slice(offset);
  const head =
    /^[\w$]+\s*(?:<[^>(]*>)?\s*\(/.exec(rest) ??
    /^[\w$]+\s*(?::[^=]*(?:=>[^=]*)?)?=\s*(?:async\s*)?(?:function\s*[\w$]*\s*)?(?:<[^>(]*>\s*)?\(/.exec(
      rest,
    );
  if (head === null) {
    const single = /^[\w$]+\s*(?::[^=]*)?=\s*(?:async\s+)?[\w$]+\s*=>/.test(rest);
    return single ? { offset, parameters: 1 } : { offset };
  }
  return { offset, parameters: countArguments(rest.slice(head[0].length)) };
}

/** Number of comma-separated parts up to the closing parenthesis; defaults and types may nest. */
function countArguments(text: string): number {
  let depth = 0;
  let parts = 0;
  let pending = false;
  for (const [index, char] of [...text].entries()) {
    if (depth === 0 && char === ')') break;
    if ('([{<'.includes(char)) depth++;
    else if (')]}'.includes(char) || (char === '>' && text[index - 1] !== '=')) depth--;
    if (depth === 0 && char === ',') {
      parts++;
      pending = false;
    } else if (/\S/.test(char)) pending = true;
  }
  return parts + (pending ? 1 : 0);
}

/** Local name that an export list gives out as `name`: `a as name` gives `a`. */
function exportedAs(list: string, name: string): string | undefined {
  for (const part of list.replace(/[{}]/g, '').split(',')) {
    const [local = '', , alias] = part.trim().split(/\s+/);
    if (local !== 'type' && (alias ?? local) === name) return local;
  }
  return undefined;
}

function importedFrom(code: string, local: string): string | undefined {
  for (const [statement, , specifier] of code.matchAll(IMPORT)) {
    if (new RegExp(`[{,\\s]${escaped(local)}\\s*[,}\\s]`).test(statement)) return specifier;
  }
  return undefined;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
