import type { HeapImage } from '../../../../runner/src/published/heap-image.js';
import type { SourceBundle } from '../bundling/source-bundle.js';
import type { BuildLane, HandlerFeatures } from '../door.js';
import type { EngineTemplate } from '../template/engine-template.js';
import type { ComponentTools } from '../tools/component-tools.js';
import type { InterfaceDefinition } from '../wit/interface-definition.js';

/** What a lane makes a component from. */
export interface LaneJob {
  readonly bundle: SourceBundle;
  readonly definition: InterfaceDefinition;
  readonly features: HandlerFeatures;
  readonly tools: ComponentTools;
}

/** An image that has yet to be assembled, or a finished component. */
export type LaneResult =
  | { readonly image: HeapImage; readonly template: EngineTemplate }
  | { readonly component: Uint8Array };

/**
 * One way to make a component. What is the author's to mend is thrown as a coded error, a refused interface
 * definition as `RefusedWit`, an abort as the signal's reason; anything else means that this way is closed.
 */
export interface ComponentLane {
  readonly name: BuildLane;
  build(job: LaneJob, signal: AbortSignal): Promise<LaneResult>;
  stop(): Promise<void>;
}
