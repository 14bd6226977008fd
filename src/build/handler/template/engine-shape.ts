import {
  CORE,
  dataSegmentsOf,
  exportsOf,
  globalsOf,
  importsOf,
  KIND,
  memoriesOf,
  tablesOf,
  VALUE,
} from '../wasm/core-module.js';
import { type Section, sectionsOf, sectionWithId } from '../wasm/section.js';
import { ENGINE_EXPORT } from './evaluation-world.js';

/** The engine is not of the kind whose state is just memory and a few numbers. */
export class UnsuitableEngine extends Error {
  constructor(reason: string) {
    super(`this engine cannot be snapshotted: ${reason}`);
    this.name = 'UnsuitableEngine';
  }
}

/**
 * Checks what snapshots rest on: all state of the engine is its own memory and its mutable number globals, and
 * all of its data is placed by the module itself. Throws {@link UnsuitableEngine}.
 */
export function requireSnapshotShape(engine: Uint8Array): void {
  const sections = sectionsOf(engine);
  const need = (fine: boolean, reason: string): void => {
    if (!fine) throw new UnsuitableEngine(reason);
  };
  const imports = importsOf(sections);
  need(
    imports.every((entry) => entry.kind === KIND.function),
    'it imports more than functions',
  );
  need(memoriesOf(sections).length === 1, 'it does not have exactly one memory');
  need(sectionWithId(sections, CORE.start) === undefined, 'it starts by itself');
  need(
    globalsOf(sections).every(({ mutable, type }) => !mutable || type === VALUE.i32 || type === VALUE.i64),
    'a changing global is not a whole number',
  );
  need(
    tablesOf(sections).every(({ min, max }) => min === max),
    'its table can grow',
  );
  need(
    dataSegmentsOf(sections).every(({ mode, offset }) => mode !== 1 && offset !== undefined),
    'some of its data is placed by code',
  );
  const names = new Set(exportsOf(sections).map((entry) => entry.name));
  for (const name of Object.values(ENGINE_EXPORT)) need(names.has(name), `it does not export ${name}`);
}

/**
 * Checks that a component's engine is the spliced engine with other imports: same memory, same data, and the
 * same globals first. Throws {@link UnsuitableEngine}.
 */
export function requireSameState(spliced: Uint8Array, inComponent: readonly Section[]): void {
  const original = sectionsOf(spliced);
  const data = (sections: readonly Section[]): Uint8Array =>
    sectionWithId(sections, CORE.data)?.body ?? new Uint8Array();
  if (!Buffer.from(data(original)).equals(data(inComponent))) {
    throw new UnsuitableEngine('its data differs inside the component');
  }
  const kinds = (sections: readonly Section[]): string[] =>
    globalsOf(sections).map(({ type, mutable }) => `${type}${mutable ? ' mutable' : ''}`);
  const [before, after] = [kinds(original), kinds(inComponent)];
  if (before.some((kind, index) => kind !== after[index])) {
    throw new UnsuitableEngine('its globals differ inside the component');
  }
}
