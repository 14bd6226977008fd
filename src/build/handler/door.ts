import type { HeapImage } from '../../../runner/src/published/heap-image.js';
import type { Service } from '../../core/service.js';
import type { Diagnostic, HandlerShape } from '../../project/types.js';

/**
 * What the engine offers to a handler. `default`: clock, random and console work. `parity`: everything off, as
 * the product's own build does it: the clock stands still and random numbers repeat.
 */
export type HandlerFeatures = 'default' | 'parity';

/** What is built: the handler of one project. */
export interface HandlerInput {
  readonly projectRoot: string;
  readonly handler: HandlerShape;
  readonly features: HandlerFeatures;
}

/** How a component was made, quickest first. All three give components that behave alike. */
export type BuildLane = 'snapshot' | 'graft' | 'official';

/** What is known about a handler once it has been loaded. */
interface LoadedHandler {
  /** SHA-256 in hex of everything the component depends on: bundled source, WIT, features, tools. */
  readonly inputsHash: string;
  /** Absolute paths of the module graph, the WIT file and the TypeScript configuration. */
  readonly inputs: readonly string[];
  /** JSON text; maps the evaluated source back to the author's files (relative to the project root). */
  readonly sourceMap: string;
  /** Name of the evaluated source inside the guest, as its stacks print it. */
  readonly guestPath: string;
  readonly fromCache: boolean;
  readonly warnings: readonly Diagnostic[];
  readonly lane: BuildLane;
}

/** A component and what the session has to know about it. */
export interface HandlerArtifact extends LoadedHandler {
  readonly component: Uint8Array;
  /** Milliseconds of the two stages. */
  readonly ms: { readonly bundle: number; readonly component: number };
}

/** A loaded handler before its component is made: the first of a build's two phases. */
export interface HandlerImage extends LoadedHandler {
  /** State of the loaded engine, for a runner that can run it as it is; absent in the lane `official`. */
  readonly image: HeapImage | undefined;
  /** Milliseconds until here. */
  readonly ms: { readonly bundle: number; readonly load: number };
  /** The second phase: makes the component, once, however often it is called. Some milliseconds of copying. */
  assemble(): HandlerArtifact;
}

/** Turns a handler's source into a component; keeps what is dear warm between builds. */
export interface HandlerBuilder extends Service {
  /**
   * Builds the component of a handler. Rejects with the signal's reason when aborted, else with a coded
   * error (`HANDLER_*` is the author's to mend, `COMPONENT_*` is the machine's).
   */
  build(input: HandlerInput, signal: AbortSignal): Promise<HandlerArtifact>;
  /** The same build up to the moment where the new code can run; `assemble` of the result does the rest. */
  buildImage(input: HandlerInput, signal: AbortSignal): Promise<HandlerImage>;
  /** The component with an empty handler that images of a template are differences to, once a build has used it. */
  templateComponent(templateKey: string): Uint8Array | undefined;
}
