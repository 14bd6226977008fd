export { hashUiInputs } from './inputs.js';
export { UiProgram } from './live/live-process.js';
export { PRODUCTION_POLICY } from './live/page-policy.js';
export { createUiServer, type UiServer, type UiServerOptions } from './live/ui-server.js';
export type { UiBuildInput } from './ui-build-input.js';
export { createUiBuilder, type UiArtifact, type UiBuilder } from './ui-builder.js';
