export type {
  BundleInstaller,
  Host,
  HostEvents,
  HostExtension,
  HostOptions,
  HostTokens,
  ServedBundle,
  UiHandler,
} from './door.js';
export { createHost } from './host.js';
export type { ChannelMessage, ExtensionState, PageCommand, PageError, PageMessage } from './wire/messages.js';
export type { CspViolation, GuestLog, RequestRecord } from './wire/records.js';
