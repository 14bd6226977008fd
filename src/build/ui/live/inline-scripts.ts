import { createHash } from 'node:crypto';

/** More than any page has; the oldest are dropped when a plugin writes a new text each time. */
const MAX_KEPT = 100;
const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi;
const JAVASCRIPT = /^(?:module|text\/javascript|application\/javascript)?$/i;

/**
 * Scripts that Vite's plugins write into a page, kept as files of their own, because the product's content
 * security policy forbids inline ones. What the author wrote inline is left in place: it is blocked in the
 * product, and must be seen to be blocked here.
 */
export class InlineScripts {
  readonly #base: string;
  readonly #kept = new Map<string, string>();

  /** `base` is the path below which `find` is asked. */
  constructor(base: string) {
    this.#base = base;
  }

  /** The page with each injected script replaced by a reference; `source` is the page as the author wrote it. */
  moveOut(html: string, source: string): string {
    return html.replace(SCRIPT, (element, attributes: string, code: string) => {
      const type = /\btype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1] ?? '';
      const isReference = /\bsrc\s*=/i.test(attributes);
      if (isReference || code.trim() === '' || !JAVASCRIPT.test(type) || source.includes(code))
        return element;
      return `<script${attributes} src="${this.#base}${this.#keep(code)}"></script>`;
    });
  }

  /** The script of an address below the base, when it is one of ours. */
  find(name: string): string | undefined {
    return this.#kept.get(name);
  }

  #keep(code: string): string {
    const name = `${createHash('sha256').update(code).digest('hex').slice(0, 16)}.js`;
    this.#kept.delete(name);
    this.#kept.set(name, code);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value);
    return name;
  }
}
