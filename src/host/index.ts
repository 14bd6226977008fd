export type {
  BundleInstaller,
  BundleUpload,
  Host,
  HostEvents,
  HostExtension,
  HostOptions,
  HostTokens,
  PublishedBundle,
  RefusedManifest,
  ServedBundle,
  UiHandler,
} from './door.js';
export { createHost } from './host.js';
export { productSettings } from './product-settings.js';
export { THROWN_STEP } from './wire/extension-state.js';
export type {
  ChannelMessage,
  Checkup,
  ExtensionState,
  PageCommand,
  PageError,
  PageMessage,
} from './wire/messages.js';
export type { CspViolation, GuestLog, RequestRecord } from './wire/records.js';
