import { spec } from './define.js';

/** Errors of the development session (`src/dev`). See `catalogue.ts` for how they are joined. */
export const sessionErrors = {
  SESSION_NOTHING_TO_SHIP: spec<{ project: string }>(
    1,
    (p) => `${p.project} has a manifest but neither a handler nor a UI to ship.`,
    () => 'Add src/handler.ts (exporting `handler`) or ui/index.html, or run: alga create --list',
  ),
  SESSION_ALREADY_RUNNING: spec<{ project: string; pid: number; url: string }>(
    1,
    (p) => `Another alga dev (process ${p.pid}) already serves ${p.project}${p.url ? ` at ${p.url}` : ''}.`,
    (p) => `Use that one, or stop it first: kill ${p.pid}`,
  ),
  SESSION_NOT_RUNNING: spec<{ folder: string; starting: boolean }>(
    3,
    (p) =>
      p.starting
        ? `The alga dev of ${p.folder} is still starting.`
        : `No alga dev runs for ${p.folder} or a folder above it.`,
    (p) =>
      p.starting
        ? 'Wait until it says ready, then try again.'
        : 'Start it in another terminal: alga dev. Or name the address of a running one with --url',
  ),
  SESSION_NOT_PROVEN: spec<{ expected: string; served: string; door: string }>(
    1,
    (p) => `The ${p.door} serves ${p.served} although ${p.expected} was published.`,
    () => 'Run: alga doctor',
  ),
  SESSION_RUNNER_REFUSED: spec<{ status: number; detail: string }>(
    1,
    (p) => `The runner refused the new bundle (HTTP ${p.status}): ${p.detail}`,
    () => 'The previous version stays live. Run: alga doctor',
  ),
  SESSION_RUNNER_UNREACHABLE: spec<{ url: string }>(
    3,
    (p) => `The runner at ${p.url} does not answer.`,
    () => 'It is restarted by itself; press R to restart it now, or run: alga doctor',
  ),
  SESSION_BUNDLE_NO_MANIFEST: spec<Record<never, never>>(
    1,
    () => 'The bundle has no manifest.json at its root.',
    () => 'Pack the extension again with: alga build',
  ),
  SESSION_BUNDLE_UNTRUSTED: spec<{ reason: string }>(
    1,
    (p) => `The signature of the bundle is not accepted: ${p.reason}.`,
    () =>
      'Choose the signature file of a signer in SIGNING_TRUST_BUNDLE, or start alga dev without that variable',
  ),
  SESSION_NO_PREVIOUS_VERSION: spec<{ extension: string }>(
    1,
    (p) => `${p.extension} has no earlier bundle to go back to.`,
    () => 'A bundle becomes an earlier one as soon as a changed file is published.',
  ),
  SESSION_TENANT_AMBIGUOUS: spec<{ tenants: string }>(
    2,
    (p) => `The database has several tenants: ${p.tenants}.`,
    () => 'Name one: alga dev --tenant <id>, or set ALGA_TENANT_ID',
  ),
  SESSION_TENANT_UNKNOWN: spec<{ tenant: string; source: string; tenants: string }>(
    2,
    (p) => `Tenant ${p.tenant} (from ${p.source}) is not in the database.`,
    (p) => `Known tenants: ${p.tenants}. Name one: alga dev --tenant <id>`,
  ),
  SESSION_NO_TENANT: spec<Record<never, never>>(
    3,
    () => 'The database has no tenant.',
    () => 'For the embedded stack run: alga stack reset',
  ),
} as const;
