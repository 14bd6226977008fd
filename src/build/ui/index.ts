export { hashUiInputs } from './inputs.js';
export { createUiBuilder, type UiArtifact, type UiBuilder, type UiBuildInput } from './ui-builder.js';
