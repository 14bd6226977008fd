export { hashUiInputs } from './inputs.js';
export { PRODUCTION_POLICY } from './live/page-policy.js';
export { createUiServer, type UiServer, type UiServerOptions } from './live/ui-server.js';
export { createUiBuilder, type UiArtifact, type UiBuilder, type UiBuildInput } from './ui-builder.js';
