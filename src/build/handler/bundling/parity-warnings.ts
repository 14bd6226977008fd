import type { Diagnostic } from '../../../project/types.js';
import { originalPlaces } from '../evaluation/original-places.js';
import type { SourceBundle } from './source-bundle.js';

interface Pitfall {
  readonly code: string;
  readonly pattern: RegExp;
  readonly message: string;
  readonly hint: string;
}

/** What behaves otherwise than an author expects when every feature of the engine is off. */
const PITFALLS: readonly Pitfall[] = [
  {
    code: 'HANDLER_CLOCK_FROZEN',
    pattern: /\bDate\.now\b|\bnew Date\s*(?:\(\s*\)|(?![\s(]))|(?<![\w.$])(?<!new )Date\s*\(\s*\)/g,
    message: 'The clock stands still in this build: every request sees the same moment.',
    hint: 'Take the time from the request, from a host service, or build with the clock feature on.',
  },
  {
    code: 'HANDLER_RANDOM_FIXED',
    pattern: /\bMath\.random\b|\bcrypto\.(?:randomUUID|getRandomValues)\b/g,
    message: 'Random numbers repeat in this build: every request gets the same ones.',
    hint: 'Do not use them for ids or secrets here; let the host or the stored revision tell requests apart.',
  },
  {
    code: 'HANDLER_CALL_TRAPS',
    pattern: /\bperformance\.now\b|(?<![\w.$])set(?:Timeout|Interval)\s*\(/g,
    message: 'performance.now, setTimeout and setInterval end the request with a trap in this build.',
    hint: 'Leave them out, or build with the clock feature on.',
  },
];

/**
 * Warns of what the bundled source uses and what a build with all features off takes away, each once, at its
 * first place in the author's files.
 */
export function parityWarnings(bundle: SourceBundle): Diagnostic[] {
  const places = originalPlaces(bundle);
  return PITFALLS.flatMap(({ code, pattern, message, hint }) => {
    const found = [...bundle.code.matchAll(pattern)];
    const [first] = found;
    if (first === undefined) return [];
    const before = bundle.code.slice(0, first.index).split('\n');
    const place = places.of(before.length, (before.at(-1)?.length ?? 0) + 1);
    const at = place === undefined ? {} : { file: place.file, line: place.line, column: place.column };
    const more = found.length === 1 ? '' : ` (used ${found.length} times)`;
    return [{ code, message: `${message}${more}`, hint, ...at }];
  });
}
