/** A local file that a page loads by itself. */
export interface PageReference {
  readonly kind: 'script' | 'style';
  /** As written, without query: `./main.js`, `/main.tsx`. */
  readonly url: string;
}

/** What a page loads, and the code in it that the product's content security policy blocks. */
export interface PageScan {
  readonly references: readonly PageReference[];
  /** Inline scripts and inline event handlers; Vite makes files of the modules among them. */
  readonly inlineCode: readonly { readonly offset: number; readonly module: boolean }[];
}

/** Reads the scripts and style sheets of an HTML text. Works on the text, without a parser. */
export function scanPage(html: string): PageScan {
  const text = html.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  const references: PageReference[] = [];
  const inlineCode: { offset: number; module: boolean }[] = [];
  for (const match of text.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi)) {
    const [, attributes = '', body = ''] = match;
    const src = attribute(attributes, 'src');
    const type = attribute(attributes, 'type') ?? '';
    if (src !== undefined) {
      if (isLocal(src)) references.push({ kind: 'script', url: withoutQuery(src) });
    } else if (body.trim() !== '' && /^(?:|module|text\/javascript|application\/javascript)$/.test(type)) {
      inlineCode.push({ offset: match.index, module: type === 'module' });
    }
  }
  for (const match of text.matchAll(/<link\b([^>]*)>/gi)) {
    const attributes = match[1] ?? '';
    const href = attribute(attributes, 'href');
    if (attribute(attributes, 'rel') === 'stylesheet' && href !== undefined && isLocal(href)) {
      references.push({ kind: 'style', url: withoutQuery(href) });
    }
  }
  for (const match of text.matchAll(/<[a-z][^>]*\son[a-z]+\s*=\s*["']/gi))
    inlineCode.push({ offset: match.index, module: false });
  return { references, inlineCode };
}

function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes);
  return match === null ? undefined : (match[1] ?? match[2] ?? match[3]);
}

function isLocal(url: string): boolean {
  return url !== '' && !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(url);
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '');
}
