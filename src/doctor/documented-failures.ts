/** A failure that the product's documents describe, and what finds it. */
export interface DocumentedFailure {
  /** How it shows, in the documents' words. */
  readonly sign: string;
  /** The checks that find its causes. */
  readonly checks: readonly string[];
  /** Why no check has to, or what does instead. */
  readonly instead?: string;
}

/** Signs that several documents list as common issues. */
export const COMMON_ISSUES: readonly DocumentedFailure[] = [
  {
    sign: "the runner's container does not start, or ends at once",
    checks: ['runner.container', 'runner.env-file', 'runner.image'],
  },
  {
    sign: 'the installation fails',
    checks: [
      'project.manifest',
      'registry.reachable',
      'registry.schema',
      'registry.tenant',
      'store.credentials',
    ],
  },
  {
    sign: 'extension not found',
    checks: ['registry.extension', 'registry.install', 'registry.wrong-tenant'],
  },
  {
    sign: 'the handler is answered with 404',
    checks: ['registry.endpoints', 'registry.disabled', 'registry.install', 'registry.bundle-row'],
  },
  {
    sign: 'the WASM component panics',
    checks: ['project.handler-code', 'project.component', 'project.wit', 'runner.component', 'host.gateway'],
  },
  {
    sign: 'the UI does not load',
    checks: [
      ...['host.page', 'runner.bundle', 'project.ui-assets', 'project.ui-references', 'project.ui-policy'],
      'host.app-environment',
    ],
  },
  {
    sign: '`extract_failed`: the object is not stored',
    checks: ['store.object-missing', 'registry.stale-bundles'],
  },
  {
    sign: '`extract_failed`: the object lies under another key',
    checks: ['store.wrong-layout', 'store.wrong-owner'],
  },
  {
    sign: '`extract_failed`: the object is damaged',
    checks: ['store.object-truncated', 'store.not-zstd', 'store.not-tar'],
  },
  {
    sign: '`extract_failed`: the runner cannot read the store',
    checks: [
      ...['store.reachable', 'store.credentials', 'store.clock', 'store.bucket'],
      ...['runner.store', 'runner.settings', 'runner.app-settings'],
    ],
  },
  { sign: '`extract_failed`: the cache cannot be written', checks: ['runner.cache', 'machine.disk'] },
  {
    sign: '`archive_hash_mismatch`',
    checks: ['store.hash-mismatch', 'registry.bundle-hash', 'registry.hash-form', 'runner.cached-bundle'],
  },
  {
    sign: 'the extension does not show in the sidebar',
    checks: [
      'registry.wrong-tenant',
      'registry.menu',
      'registry.disabled',
      'registry.tenant',
      'registry.duplicates',
    ],
  },
  {
    sign: 'strict validation without a tenant',
    checks: ['runner.env-file', 'runner.settings', 'registry.tenant'],
  },
  { sign: "the registry's denial is kept", checks: ['runner.denial', 'runner.auth-key'] },
  { sign: 'a `.env.runner` that cannot start a runner', checks: ['runner.env-file', 'runner.app-settings'] },
];

const REPRODUCED = 'no fault: the local services answer as the product does';

/** Traps of the host's services, the registry and its scripts, the component's world and the runner. */
export const PITFALLS: readonly DocumentedFailure[] = [
  {
    sign: 'a token that differs looks like `denied`',
    checks: ['runner.service-token', 'runner.auth-key', 'runner.app-settings'],
  },
  { sign: 'a token that is empty', checks: ['host.app-environment', 'runner.app-settings'] },
  { sign: 'a base address with a path', checks: ['runner.env-file'] },
  { sign: '`localhost` among the addresses of a container', checks: ['runner.env-file'] },
  { sign: 'a Community Edition database, or 501', checks: ['registry.schema'] },
  { sign: 'a registry that answers too late is a denial for 45 s', checks: ['runner.denial'] },
  {
    sign: 'no Redis: every call of the gateway is a 503',
    checks: [],
    instead: 'the embedded stack needs none; other kinds of stack cannot be looked at yet',
  },
  {
    sign: 'no Temporal: no enabled schedule can be made',
    checks: [],
    instead: 'the embedded stack needs none; other kinds of stack cannot be looked at yet',
  },
  {
    sign: "the storage's limits are hidden behind `internal`",
    checks: [],
    instead: "a fault of one call: `alga dev` shows the host service's own words beside the request",
  },
  { sign: 'deleting a missing key is a conflict', checks: [], instead: REPRODUCED },
  { sign: 'lists end after 25 entries, or lose one key a page', checks: [], instead: REPRODUCED },
  { sign: 'an update of a schedule clears name and payload', checks: [], instead: REPRODUCED },
  { sign: 'scheduled calls have no user', checks: [], instead: REPRODUCED },
  { sign: 'a tenant that is no UUID breaks the storage', checks: ['registry.tenant'] },
  {
    sign: 'an install id that is used again finds its old keys',
    checks: [],
    instead: 'no fault: the storage browser of `alga dev` shows and removes them, `alga stack reset` all',
  },
  { sign: 'the install script leaves `api_endpoints` empty', checks: ['registry.endpoints'] },
  {
    sign: 'endpoints that were removed can still be scheduled',
    checks: [],
    instead: 'no fault: every publish of `alga` removes their rows, but for those a schedule still points at',
  },
  {
    sign: 'an install without a row of configuration',
    checks: [],
    instead: 'no fault: the configuration of the install itself counts then',
  },
  {
    sign: 'rows mended by hand keep the install script from running again',
    checks: [],
    instead: 'no fault: `alga` finds its rows by name, not by ids made from them',
  },
  {
    sign: 'going back to an earlier build serves the newer one',
    checks: ['registry.bundle-hash', 'host.served'],
  },
  { sign: 'rows of bundles that are gone', checks: ['registry.stale-bundles'] },
  { sign: 'the hash is that of the manifest', checks: ['store.object-missing', 'store.hash-mismatch'] },
  {
    sign: 'an upload that failed without a word',
    checks: ['store.object-missing', 'store.object-truncated'],
  },
  { sign: 'installed for the default tenant', checks: ['registry.wrong-tenant'] },
  { sign: 'a wildcard version that was stored as it is', checks: ['registry.installed-version'] },
  { sign: 'capabilities that were granted long ago', checks: ['registry.grants'] },
  {
    sign: 'capabilities without `cap:`, or not declared',
    checks: ['project.manifest', 'project.capabilities'],
  },
  { sign: "the published template's WIT does not parse", checks: ['project.wit'] },
  { sign: 'versions of jco that fail, packages that are strangers', checks: ['project.build-tools'] },
  { sign: 'helpers that are used and not published', checks: ['project.dependencies'] },
  { sign: 'an old `dist/main.wasm` counts as built', checks: ['project.artifacts'] },
  { sign: 'an old `dist/main.wasm` beside a newer `dist/component.wasm`', checks: ['project.artifacts'] },
  { sign: 'clock, random, timers, `fetch`, text bodies in a component', checks: ['project.handler-code'] },
  { sign: 'file types the runner does not serve', checks: ['project.ui-assets'] },
  { sign: 'the page in the place of a missing script', checks: ['project.ui-references'] },
  { sign: 'inline scripts', checks: ['project.ui-policy'] },
  { sign: 'a timeout looks like any other failure', checks: ['runner.limits'] },
  { sign: 'a host that is missing on the allow-list', checks: ['runner.allow-list'] },
  { sign: 'certificates of signers that have expired', checks: ['runner.trust-bundle'] },
];
