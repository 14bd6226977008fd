import { printable } from '../../core/terminal-text.js';

/** A duration for people: `312 ms`, `1.6 s`, `2 min 05 s`. Takes milliseconds. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Enough of a content hash to tell two of them apart: `sha256:ab12cd34ef56`. */
export function shortHash(hash: string): string {
  return hash.slice(0, 'sha256:'.length + 12);
}

/** The local time of day of an ISO time: `14:03:07`. */
export function clockText(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '--:--:--';
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
}

/** The name of an extension without its publisher. */
export function shortName(extension: string): string {
  return extension.slice(extension.lastIndexOf('/') + 1);
}

/** Foreign text made safe, as lines; tabs widened so that widths can be counted. */
export function safeLines(text: string): string[] {
  return printable(text).replaceAll('\t', '  ').trimEnd().split('\n');
}

/** Foreign text made safe, on one line. */
export function safeLine(text: string): string {
  return safeLines(text).join(' ');
}

/** `text` cut to `width` characters, the last one an ellipsis when something is missing. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? '…'.slice(0, width) : `${text.slice(0, width - 1)}…`;
}

/** `text` cut to its last `width` characters: of a reverse-domain name the end tells the most. */
export function cutFront(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`;
}

/** `text` broken at blanks into at most `rows` lines of `width`; words longer than a line are cut up. */
export function wrapped(text: string, width: number, rows: number): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '' && lines.length < rows) {
    if (rest.length <= width || lines.length === rows - 1) {
      lines.push(cut(rest, width));
      break;
    }
    const blank = rest.lastIndexOf(' ', width);
    const end = blank > width / 2 ? blank : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trim();
  }
  return lines;
}
