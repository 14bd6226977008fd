import { KNOWN_CAPABILITIES, normalCapability } from '../project/capabilities.js';

const KNOWN: ReadonlySet<string> = new Set(KNOWN_CAPABILITIES.map((capability) => capability.name));
const ALWAYS: readonly string[] = KNOWN_CAPABILITIES.filter((known) => known.always).map(
  (known) => known.name,
);

/** Trimmed, lower case, each once, order kept; unknown names stay, since the product stores them too. */
export function normalCapabilities(names: readonly string[]): string[] {
  return [...new Set(names.map(normalCapability).filter((name) => name !== ''))];
}

/** The names the product knows, in normal form; it drops all others when it reads them. */
export function knownCapabilities(names: readonly string[]): string[] {
  return normalCapabilities(names).filter((name) => KNOWN.has(name));
}

/**
 * What an install may use: the union of what its config row, its grants and its version name, plus
 * what everyone may. So an empty grant withholds nothing that the version declares.
 */
export function effectiveProviders(...sources: readonly (readonly string[])[]): string[] {
  return [...new Set([...ALWAYS, ...sources.flatMap(knownCapabilities)])];
}
