import { type AlgaError, algaError, type SourceLocation } from '../../../core/errors/alga-error.js';
import type { SourceBundle } from '../bundling/source-bundle.js';
import type { Refusal } from './engine-evaluation.js';
import { type OriginalPlaces, originalPlaces } from './original-places.js';

/** Engine imports by the name of what the author wrote. */
const CALLS: ReadonlyArray<readonly [RegExp, string]> = [
  [/get-random-u64/, 'Math.random'],
  [/get-random-bytes/, 'crypto.getRandomValues or crypto.randomUUID'],
  [/subscribe-duration|subscribe-instant|poll/, 'setTimeout or setInterval'],
  [/monotonic-clock/, 'performance.now'],
  [/wall-clock/, 'Date.now'],
  [/outgoing-handler|wasi:http/, 'fetch'],
];

/**
 * The coded error for a handler that the engine could not load, from what the engine printed. Places are those
 * of the author's files.
 */
export function evaluationFailure(refusal: Refusal, bundle: SourceBundle): AlgaError {
  const { printed } = refusal;
  const places = originalPlaces(bundle);
  const call = refusal.call ? hostCallName(refusal.call.module, refusal.call.name) : hostCallIn(printed);
  if (call !== undefined) return algaError('HANDLER_HOST_CALL_AT_LOAD', { call });
  if (/does not export a "handler" function/.test(printed)) {
    return algaError('HANDLER_EXPORT_MISSING', { file: places.entry, found: [] });
  }
  const { text, location } = thrownIn(printed, bundle.guestPath, places);
  const options = location === undefined ? {} : { location };
  const name = /doesn't provide an export named: '([^']+)'/.exec(text)?.[1];
  if (name !== undefined) return unknownName(name, printed, bundle, places);
  if (/^SyntaxError/.test(text)) return algaError('HANDLER_SYNTAX', { detail: text }, options);
  return algaError('HANDLER_EVALUATION_FAILED', { detail: text }, options);
}

/** A name that a host interface does not have; the bundler leaves such imports to the engine. */
function unknownName(name: string, printed: string, bundle: SourceBundle, places: OriginalPlaces): AlgaError {
  const line = Number(/:(\d+):\d+ SyntaxError/.exec(printed)?.[1] ?? 0);
  const specifier = /from "([^"]+)"/.exec(bundle.code.split('\n')[line - 1] ?? '')?.[1] ?? 'a host interface';
  const location = places.ofText(`'${specifier}'`) ?? places.ofText(`"${specifier}"`);
  return algaError(
    'HANDLER_NAME_NOT_EXPORTED',
    { detail: `${specifier} has no ${name}` },
    location === undefined ? {} : { location },
  );
}

/** The name of the host function that was called with nobody there to answer. */
function hostCallIn(printed: string): string | undefined {
  // The engine sets its time origin with the first request, and has no answer before.
  if (printed.includes('bad_optional_access')) return 'performance.now';
  const match = /unknown imported function: '([^']+)' '([^']+)'/.exec(printed);
  if (match === null) return undefined;
  return hostCallName(match[1] ?? '', match[2] ?? '');
}

/** How an author knows an import of the engine: `Math.random`, `alga:extension/storage.get`. */
export function hostCallName(module: string, name: string): string {
  const known = module.startsWith('wasi')
    ? CALLS.find(([pattern]) => pattern.test(`${module} ${name}`))
    : undefined;
  return (
    known?.[1] ?? `${module}.${name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())}`
  );
}

/** The exception's text and the first place in its stack that is in the author's files. */
function thrownIn(
  printed: string,
  guestPath: string,
  places: OriginalPlaces,
): { text: string; location?: SourceLocation } {
  const lines = printed.split('\n');
  const at = lines.findIndex((line) => /Exception while evaluating/.test(line));
  const line = lines[at + 1] ?? lines.find((entry) => entry.trim() !== '') ?? 'no reason given';
  const text = line.replace(/^\S+:\d+:\d+ /, '').trim();
  const pattern = new RegExp(`${guestPath.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+):(\\d+)`, 'g');
  for (const match of printed.matchAll(pattern)) {
    const location = places.of(Number(match[1]), Number(match[2]));
    if (location !== undefined) return { text, location };
  }
  return { text };
}
