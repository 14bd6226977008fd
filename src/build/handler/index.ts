export type {
  BuildLane,
  HandlerArtifact,
  HandlerBuilder,
  HandlerFeatures,
  HandlerInput,
} from './door.js';
export { createHandlerBuilder, type HandlerBuilderOptions } from './handler-builder.js';
