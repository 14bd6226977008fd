import { builtInDefinition } from '../../../build/handler/wit/interface-definition.js';
import { textOf } from '../../../core/errors/alga-error.js';
import type { Check, Observation } from '../../check.js';
import { findArtifacts } from '../../sources/artifacts.js';
import { type ComponentFacts, readComponent } from '../../sources/component.js';
import type { View } from '../../view.js';

/** Interfaces of WASI 0.2 that the runner has; of each, every version that begins with 0.2. */
const WASI =
  /^wasi:(?:cli\/(?:environment|exit|std(?:in|out|err)|terminal-(?:input|output|std(?:in|out|err)))|clocks\/(?:monotonic-clock|wall-clock)|filesystem\/(?:types|preopens)|http\/(?:types|outgoing-handler)|io\/(?:error|poll|streams)|random\/(?:random|insecure|insecure-seed)|sockets\/[a-z-]+)@0\.2\.\d+$/;

/** The component is one the runner can start. */
export const componentCheck: Check = {
  id: 'project.component',
  title: 'The component is one the runner can start',
  group: 'project',
  why: 'Every call is answered with 500: the component cannot be instantiated, or has no handler.',
  run: async (view) => {
    const seen = await componentFault(view);
    return seen === undefined ? [] : [broken(seen)];
  },
};

/** What the newest component that is there says of itself, when that is wrong. Nothing is run for it. */
export function componentFault(view: View): Promise<string | undefined> {
  return view.part('facts of the component', async () => {
    const { component, from } = await findArtifacts(view);
    if (component === undefined) return undefined;
    const facts = factsOf(component);
    const fault =
      typeof facts === 'string' ? facts : ((await strangeImports(facts)) ?? withoutHandler(facts));
    return fault === undefined ? undefined : `dist/main.wasm of ${from}: ${fault}`;
  });
}

async function strangeImports({ imports }: ComponentFacts): Promise<string | undefined> {
  const { interfaces } = await builtInDefinition();
  const host = new Set(interfaces.map((name) => `alga:extension/${name}`).concat('alga:extension/types'));
  const strange = imports.filter((name) => !host.has(name) && !WASI.test(name));
  return strange.length === 0 ? undefined : `it imports ${strange.join(', ')}`;
}

function factsOf(component: Uint8Array): ComponentFacts | string {
  try {
    const facts = readComponent(component);
    if (facts.kind === 'component') return facts;
    return facts.kind === 'module' ? 'it is a core module, not a component' : 'it is no WebAssembly file';
  } catch (error) {
    return `it cannot be read: ${textOf(error)}`;
  }
}

function withoutHandler({ exports }: ComponentFacts): string | undefined {
  return exports.includes('handler') ? undefined : `it exports ${exports.join(', ') || 'nothing'}`;
}

function broken(seen: string): Observation {
  return {
    severity: 'problem',
    seen,
    expected:
      'a component of world alga:extension/runner: it exports handler and imports only what the runner has',
    fix: { summary: 'Build the component again', command: 'alga build', safe: false },
  };
}
