import { isAbsolute, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { textOf } from '../../core/errors/alga-error.js';
import type { UiFailure } from './failure.js';

/** The fields that errors of Vite, Rolldown, Oxc and PostCSS may carry; columns count from 0. */
const thrownSchema = z.object({
  message: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  plugin: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
  loc: z
    .object({
      file: z.string().optional().catch(undefined),
      line: z.number().optional().catch(undefined),
      column: z.number().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

type Thrown = z.infer<typeof thrownSchema>;

const UNRESOLVED =
  /(?:failed to resolve import|could not resolve) ["']([^"']+)["'] (?:from|in) ["']?([^"'\n]+)/i;
const NOT_EXPORTED = /["']([\w$]+)["'] is not exported by/;
/** The place in the header that Rolldown draws over a frame: `╭─[ ui/src/App.tsx:33:4 ]`. */
const DRAWN_PLACE = /\[\s*([^\]\n]+?):(\d+):(\d+)\s*\]/;
/** Lines that only say where: `Build failed with 1 error:`, `[plugin vite:css] /path/to/file.css:1:2`. */
const HEADLINE = /^(?:(?:transform|build) failed with|\[plugin [^\]]+\](?:\s\S+)?\s*$)/i;
/** What may stand before the sentence: codes, plugins, error names, a place. */
const PREFIXES = /^(?:(?:\[[^\]]+\]|\w*Error:|\S+:\d+:\d+:)\s*)+/;
const SYNTAX_PLUGINS = /oxc|transform|css|json|html|esbuild|parse/i;

/** What a failed Vite transform or build means. `cwd` is the folder that relative paths in texts start at. */
export function failureOf(thrown: unknown, cwd: string): UiFailure {
  const error = innermost(thrown);
  const message = stripVTControlCharacters(error.message || textOf(thrown));
  const place = placeOf(error, message, cwd);
  const unresolved = UNRESOLVED.exec(message);
  if (unresolved?.[1] !== undefined) {
    const file = place.file ?? (unresolved[2] === undefined ? undefined : resolve(cwd, unresolved[2]));
    const specifier = unresolved[1];
    const found = file === undefined ? {} : { file };
    return { kind: 'import', text: specifier, needle: specifier, ...place, ...found };
  }
  const missing = NOT_EXPORTED.exec(message)?.[1];
  if (missing !== undefined) return { kind: 'build', text: firstLine(message), needle: missing, ...place };
  const kind = place.file !== undefined && isSyntax(error, message) ? 'syntax' : 'build';
  return { kind, text: firstLine(message), ...place };
}

/** Rolldown wraps what went wrong in a list; the first entry is the cause of the others. */
function innermost(thrown: unknown): Thrown {
  const wrapped = z.object({ errors: z.array(z.unknown()).nonempty() }).safeParse(thrown);
  const inner = wrapped.success ? wrapped.data.errors[0] : thrown;
  const parsed = thrownSchema.safeParse(inner);
  const outer = thrownSchema.safeParse(thrown);
  if (!parsed.success) return { message: textOf(inner) };
  return { ...parsed.data, id: parsed.data.id ?? (outer.success ? outer.data.id : undefined) };
}

function isSyntax(error: Thrown, message: string): boolean {
  if (error.code === 'PARSE_ERROR' || error.name === 'CssSyntaxError') return true;
  const plugin = error.plugin ?? /^\[(?:plugin )?([^\]\s]+)/.exec(message)?.[1] ?? '';
  return error.loc?.line !== undefined && SYNTAX_PLUGINS.test(plugin);
}

function placeOf(error: Thrown, message: string, cwd: string): Pick<UiFailure, 'file' | 'line' | 'column'> {
  const drawn = DRAWN_PLACE.exec(message);
  const named = error.loc?.file ?? error.id ?? drawn?.[1];
  const line = error.loc?.line ?? (drawn === null ? undefined : Number(drawn[2]));
  const fromZero = error.loc?.column ?? (drawn === null ? undefined : Number(drawn[3]) - 1);
  const file = named === undefined ? undefined : fileOf(named, cwd);
  return {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined || line < 1 ? {} : { line }),
    ...(fromZero === undefined || fromZero < 0 ? {} : { column: fromZero + 1 }),
  };
}

/** The file of a module id: no query, no mark of a virtual module. */
function fileOf(id: string, cwd: string): string | undefined {
  const path = id.replace(/[?#].*$/, '');
  if (path === '' || path.startsWith('\0')) return undefined;
  return isAbsolute(path) ? path : resolve(cwd, path);
}

/** The sentence that says what is wrong, without code, plugin and place in front. */
function firstLine(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !HEADLINE.test(line));
  const line = lines[0] ?? message;
  const cause = /Caused by:\s*\n\s*(.+)/.exec(message)?.[1];
  const text = cause !== undefined && line.includes('threw an error') ? cause : line;
  return text.replace(PREFIXES, '').trim();
}
