export type { ExtensionSecrets } from './extension-secrets.js';
export { connectToHost, type HostClient, type HostClientOptions, type SessionFacts } from './host-client.js';
