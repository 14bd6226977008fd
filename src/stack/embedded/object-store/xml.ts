import { S3Error } from './errors.js';

/** An element to write: its name with its text or its children. */
export type XmlOut = readonly [name: string, content: string | number | boolean | readonly XmlOut[]];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A whole document; answers of the protocol carry its namespace, errors do not. */
export function xmlDocument([name, content]: XmlOut, namespaced = true): string {
  const attribute = namespaced ? ` xmlns="${NAMESPACE}"` : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${attribute}>${inner(content)}</${name}>`;
}

function inner(content: XmlOut[1]): string {
  if (typeof content !== 'object') return escapeText(String(content));
  return content.map(([name, nested]) => `<${name}>${inner(nested)}</${name}>`).join('');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters are written as references: keys may hold them, plain XML may not. */
function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  return text.replace(/[&<>"\u0000-\u001f]/g, (c) => ESCAPES[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);
}

/** An element that was read. Attributes are of no use in this protocol and are dropped. */
export interface XmlIn {
  readonly name: string;
  readonly children: XmlIn[];
  text: string;
}

const MAX_DEPTH = 8;
const TOKEN = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)([^<>]*?)(\/?)>|([^<]+)/gy;

/**
 * Reads the small documents clients send. Declarations of types and entities are refused, which is
 * all it takes to be safe from expansion attacks. Throws MalformedXML.
 */
export function parseXml(text: string): XmlIn {
  const top: XmlIn = { name: '', children: [], text: '' };
  const open: XmlIn[] = [top];
  const tokens = new RegExp(TOKEN);
  let position = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    position = tokens.lastIndex;
    applyToken(open, match);
  }
  const [root] = top.children;
  if (position !== text.length || open.length !== 1 || root === undefined || top.children.length !== 1) {
    throw new S3Error('MalformedXML');
  }
  return root;
}

function applyToken(open: XmlIn[], match: RegExpExecArray): void {
  const [, closing, name, , selfClosing, characters] = match;
  const current = open.at(-1);
  if (current === undefined) throw new S3Error('MalformedXML');
  if (characters !== undefined) {
    current.text += unescapeText(characters);
  } else if (name !== undefined && closing === '/') {
    if (open.length === 1 || current.name !== localName(name)) throw new S3Error('MalformedXML');
    open.pop();
  } else if (name !== undefined) {
    const element = { name: localName(name), children: [], text: '' };
    current.children.push(element);
    if (selfClosing === '') open.push(element);
    if (open.length > MAX_DEPTH) throw new S3Error('MalformedXML');
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (_, hex, decimal, name) => {
    if (name !== undefined) {
      const character = ENTITIES[name];
      if (character === undefined) throw new S3Error('MalformedXML');
      return character;
    }
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    if (code > 0x10ffff) throw new S3Error('MalformedXML');
    return String.fromCodePoint(code);
  });
}

/** Text of the first child with that name. */
export function childText(element: XmlIn, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}
