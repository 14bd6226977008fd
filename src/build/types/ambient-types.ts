const BLOCK =
  /(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?declare module '(alga:extension\/[\w-]+)' \{\n[\s\S]*?\n\}\n?/g;
const DECLARED = /\bdeclare\s+module\s+['"](alga:extension\/[\w-]+)['"]/g;

/** The host modules that a text declares. */
export function declaredModules(text: string): string[] {
  return [...text.matchAll(DECLARED)].map((match) => match[1] ?? '');
}

/** `ambient` without the modules that the project declares itself: its own declarations win. */
export function withoutModules(ambient: string, declared: ReadonlySet<string>): string {
  return ambient.replace(BLOCK, (block, name: string) => (declared.has(name) ? '' : block));
}
