export { componentDifferences } from './assembly/component-comparison.js';
export type {
  BuildLane,
  HandlerArtifact,
  HandlerBuilder,
  HandlerFeatures,
  HandlerImage,
  HandlerInput,
} from './door.js';
export { encodeImage, type HeapImage } from './evaluation/heap-image.js';
export { createHandlerBuilder, type HandlerBuilderOptions } from './handler-builder.js';
