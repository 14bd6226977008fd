import { capabilityOfInterface, KNOWN_CAPABILITIES } from '../capabilities.js';
import { JsonSyntaxError, locateJson, pointerTo } from '../json-positions.js';
import { lineAndColumn } from '../source-frame.js';
import type { SourceGraph } from '../source-graph.js';
import type { Diagnostic, Manifest } from '../types.js';

const PREFIX = 'alga:extension/';

/**
 * Compares the host interfaces that the handler imports with the capabilities that the manifest
 * declares. `shown` gives the display name of a file.
 */
export function capabilityFindings(input: {
  graph: SourceGraph;
  manifest: Manifest;
  manifestText: string;
  manifestFile: string;
  shown: (path: string) => string;
}): Diagnostic[] {
  const { graph, manifest } = input;
  const used = new Map<string, Diagnostic>();
  for (const [specifier, importers] of graph.bare) {
    if (!specifier.startsWith(PREFIX)) continue;
    const capability = capabilityOfInterface(specifier.slice(PREFIX.length));
    if (capability !== undefined && !used.has(capability.name)) {
      used.set(capability.name, undeclared(capability.name, specifier, importers[0] ?? '', input));
    }
  }
  const missing = [...used].filter(([name]) => !isGranted(name, manifest)).map(([, finding]) => finding);
  const unused = manifest.capabilities.filter((name) => needsUse(name) && !used.has(name));
  return [...missing, ...unused.map((name) => declaredOnly(name, input))];
}

function isGranted(name: string, manifest: Manifest): boolean {
  return (
    manifest.capabilities.includes(name) ||
    KNOWN_CAPABILITIES.some((known) => known.name === name && known.always)
  );
}

/** What is always granted does no harm; the UI may use the proxy without the handler's doing. */
function needsUse(name: string): boolean {
  const known = KNOWN_CAPABILITIES.find((capability) => capability.name === name);
  return known !== undefined && !known.always && name !== 'cap:ui.proxy';
}

function undeclared(
  name: string,
  specifier: string,
  importer: string,
  { graph, shown }: { graph: SourceGraph; shown: (path: string) => string },
): Diagnostic {
  const text = graph.modules.get(importer)?.text ?? '';
  return {
    code: 'CAPABILITY_NOT_DECLARED',
    message: `${specifier} is imported, but the manifest does not declare ${name}: its calls are refused.`,
    hint: `Run: alga add capability ${name}`,
    file: shown(importer),
    ...lineAndColumn(text, Math.max(0, text.indexOf(specifier))),
  };
}

function declaredOnly(
  name: string,
  { manifestText, manifestFile }: { manifestText: string; manifestFile: string },
): Diagnostic {
  return {
    code: 'CAPABILITY_UNUSED',
    message: `The manifest declares ${name}, but nothing in the handler uses it.`,
    hint: 'Remove it: an extension should ask for no more than it needs.',
    file: manifestFile,
    ...lineAndColumn(manifestText, offsetOf(name, manifestText)),
  };
}

function offsetOf(capability: string, manifestText: string): number {
  try {
    const { values } = locateJson(manifestText);
    for (let index = 0; ; index++) {
      const range = values.get(pointerTo('/capabilities', index));
      if (range === undefined) return 0;
      if (manifestText.slice(range.start, range.end).toLowerCase().includes(capability)) return range.start;
    }
  } catch (error) {
    if (error instanceof JsonSyntaxError) return 0;
    throw error;
  }
}
