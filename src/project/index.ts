export { identityOf, uuidV5 } from './identity.js';
export { loadProject } from './load.js';
export {
  checkManifest,
  type ManifestCheck,
  type ManifestProblem,
  validateManifest,
} from './manifest/validate.js';
export { lineAndColumn, locationAt, sourceFrame } from './source-frame.js';
export type {
  Diagnostic,
  ExtensionIdentity,
  HandlerShape,
  Manifest,
  ManifestEndpoint,
  ManifestUi,
  Project,
  UiReplacement,
  UiShape,
} from './types.js';
