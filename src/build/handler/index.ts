export { encodeImage, type HeapImage } from '../../../runner/src/published/heap-image.js';
export { componentDifferences } from './assembly/component-comparison.js';
export type {
  BuildLane,
  HandlerArtifact,
  HandlerBuilder,
  HandlerFeatures,
  HandlerImage,
  HandlerInput,
} from './door.js';
export { createHandlerBuilder, type HandlerBuilderOptions } from './handler-builder.js';
