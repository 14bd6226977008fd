import { initialState } from '../evaluation/engine-state.js';
import { componentParts } from '../wasm/component-parts.js';

/** Memory with which a component's engine starts. */
export function baseOf(component: Uint8Array): Uint8Array {
  return initialState(componentParts(component).engineSections, []).memory;
}
