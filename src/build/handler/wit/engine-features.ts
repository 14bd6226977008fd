import type { HandlerFeatures } from '../door.js';

/** What the engine can be built with. HTTP goes through the host interface, never through the engine. */
export type EngineFeature = 'stdio' | 'random' | 'clocks' | 'http' | 'fetch-event';

const ALL: readonly EngineFeature[] = ['stdio', 'random', 'clocks', 'http', 'fetch-event'];
const ENABLED: Record<HandlerFeatures, readonly EngineFeature[]> = {
  default: ['clocks', 'random', 'stdio'],
  parity: [],
};

/** Features the engine is given, sorted. */
export function enabledFeaturesOf(features: HandlerFeatures): readonly EngineFeature[] {
  return ENABLED[features];
}

/** Features switched off, in the tools' own order. */
export function disabledFeaturesOf(features: HandlerFeatures): EngineFeature[] {
  return ALL.filter((feature) => !ENABLED[features].includes(feature));
}
