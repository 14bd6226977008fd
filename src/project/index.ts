export { CONFIG_NAMES, type ConfigFile } from './config/file.js';
export {
  type ConfigFlags,
  type ConfigSource,
  type ResolvedConfig,
  resolveConfig,
  type StackKind,
} from './config/resolve.js';
export { type AlgaConfig, defineConfig } from './config/schema.js';
export { type ProjectSecrets, readSecrets, SECRETS_NAMES } from './config/secrets.js';
export { identityOf, uuidV5 } from './identity.js';
export { loadProject } from './load.js';
export {
  checkManifest,
  type ManifestCheck,
  type ManifestProblem,
  validateManifest,
} from './manifest/validate.js';
export { findPackageManager, type PackageManager } from './shape/package-manager.js';
export { lineAndColumn, locationAt, sourceFrame } from './source-frame.js';
export type {
  BuildCommand,
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
