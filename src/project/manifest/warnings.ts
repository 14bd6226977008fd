import { isKnownCapability, suggestCapability } from '../capabilities.js';
import { type JsonPositions, pointerTo } from '../json-positions.js';
import { lineAndColumn } from '../source-frame.js';
import type { Diagnostic } from '../types.js';
import { KNOWN_KEYS, type ManifestSource } from './schema.js';

/** The text of a manifest, its display name, and where its parts stand. */
export interface ManifestText {
  readonly text: string;
  readonly file: string;
  readonly positions: JsonPositions;
}

interface Finding {
  readonly code: string;
  readonly pointer: string;
  readonly message: string;
  readonly hint: string;
}

/** Everything in a valid manifest that the product would refuse, ignore, or read otherwise than written. */
export function manifestWarnings(source: ManifestSource, where: ManifestText): Diagnostic[] {
  const findings = [
    ...refusedFields(source),
    ...ignoredFields(source),
    ...capabilityNames(source),
    ...where.positions.duplicates.map(({ pointer }) => ({
      code: 'MANIFEST_DUPLICATE_KEY',
      pointer,
      message: `${pointer} stands twice in ${where.file}; the last one counts.`,
      hint: 'Remove one of them.',
    })),
  ];
  return findings.map((finding) => placed(finding, where));
}

function* refusedFields(source: ManifestSource): Generator<Finding> {
  for (const key of Object.keys(source)) {
    if (KNOWN_KEYS.includes(key)) continue;
    yield {
      code: 'MANIFEST_FIELD_REFUSED',
      pointer: pointerTo('', key),
      message: `The product does not know the field "${key}" and refuses to publish a manifest that has it.`,
      hint: `Remove "${key}" before publishing; it has no effect.`,
    };
  }
  if (source.publisher === undefined) {
    yield {
      code: 'MANIFEST_PUBLISHER_MISSING',
      pointer: '',
      message: 'The manifest names no publisher: it works here as "local-dev", but a first publish fails.',
      hint: 'Add "publisher": "<your company>".',
    };
  }
}

function* ignoredFields(source: ManifestSource): Generator<Finding> {
  for (const key of ['assets', 'precompiled'] as const) {
    if (source[key] === undefined) continue;
    yield {
      code: 'MANIFEST_FIELD_IGNORED',
      pointer: `/${key}`,
      message: `The product accepts "${key}" and does nothing with it.`,
      hint: `"${key}" can be removed; everything under ui/ is shipped.`,
    };
  }
  const entry = source.ui?.entry;
  if (entry !== undefined && entry.replace(/^\.\//, '') !== 'ui/index.html') {
    yield {
      code: 'MANIFEST_UI_ENTRY_IGNORED',
      pointer: '/ui/entry',
      message: `The product always opens ui/index.html of the bundle, not "${entry}".`,
      hint: 'Set "entry": "ui/index.html".',
    };
  }
  for (const hook of Object.keys(source.ui?.hooks ?? {})) {
    if (hook === 'appMenu' || hook === 'clientPortalMenu') continue;
    yield {
      code: 'MANIFEST_HOOK_IGNORED',
      pointer: pointerTo('/ui/hooks', hook),
      message: `The product knows the hooks appMenu and clientPortalMenu only and drops "${hook}".`,
      hint: `Remove the hook "${hook}".`,
    };
  }
}

function* capabilityNames(source: ManifestSource): Generator<Finding> {
  for (const [index, name] of (source.capabilities ?? []).entries()) {
    if (isKnownCapability(name)) continue;
    const meant = suggestCapability(name);
    yield {
      code: 'MANIFEST_CAPABILITY_UNKNOWN',
      pointer: pointerTo('/capabilities', index),
      message: `The product does not know the capability "${name}" and grants nothing for it.`,
      hint:
        meant === undefined
          ? 'Remove it, or use one of the names that begin with "cap:".'
          : `Write "${meant}".`,
    };
  }
}

function placed(finding: Finding, where: ManifestText): Diagnostic {
  const { keys, values } = where.positions;
  const range = keys.get(finding.pointer) ?? values.get(finding.pointer);
  const { line, column } = lineAndColumn(where.text, range?.start ?? 0);
  return { code: finding.code, message: finding.message, hint: finding.hint, file: where.file, line, column };
}
