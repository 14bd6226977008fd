import { spec } from './define.js';

const inLog = (log: string): string => (log === '' ? '' : ` The whole story is in ${log}`);

/** Errors of the `stack` room. See `catalogue.ts` for how they are joined. */
export const stackErrors = {
  STACK_KIND_UNAVAILABLE: spec<{ kind: string }>(
    3,
    (p) => `A stack of kind ${p.kind} is not available in this version.`,
    (p) =>
      p.kind === 'docker'
        ? 'Use the embedded stack: alga dev --stack embedded. (docker compose -f docker-compose.dev.yml up starts the same services by hand.)'
        : 'Use the embedded stack: alga dev --stack embedded',
  ),
  STACK_FOLDER_UNSAFE: spec<{ path: string; reason: string }>(
    3,
    (p) => `The stack cannot use ${p.path}: ${p.reason}.`,
    (p) =>
      `Another user of this machine could read or change it. Remove it (rm -r ${p.path}) or set ALGA_HOME to a folder of your own.`,
  ),
  STACK_STATE_UNREADABLE: spec<{ path: string; reason: string }>(
    3,
    (p) => `${p.path} is damaged: ${p.reason}.`,
    () => 'Start afresh with: alga stack reset',
  ),
  STACK_NO_DATABASE_BINARIES: spec<{ platform: string; tried: string }>(
    3,
    (p) => `No PostgreSQL server for ${p.platform} was found (looked at ${p.tried}).`,
    () =>
      'Install the optional dependencies (npm install --include=optional), or a PostgreSQL server of your system (Debian: apt-get install postgresql).',
  ),
  STACK_ROOT_REFUSED: spec<{ reason: string }>(
    3,
    (p) => `PostgreSQL does not run as root, and no other user could be used: ${p.reason}.`,
    () => 'Run alga as a normal user, or set ALGA_HOME to a folder every user can reach (/var/lib/alga).',
  ),
  STACK_DATABASE_VERSION: spec<{ dataDir: string; data: string; found: string }>(
    3,
    (p) => `The database in ${p.dataDir} was made by PostgreSQL ${p.data}; here is ${p.found}.`,
    () => 'Development data does not move between major versions. Start afresh with: alga stack reset',
  ),
  STACK_DATABASE_FAILED: spec<{ step: string; detail: string; log: string }>(
    3,
    (p) => `PostgreSQL could not ${p.step}: ${p.detail}`,
    (p) => `Try once more; if it stays, start afresh with: alga stack reset.${inLog(p.log)}`,
  ),
  STACK_STORE_FAILED: spec<{ detail: string; log: string }>(
    3,
    (p) => `The object store could not start: ${p.detail}`,
    (p) => `Try once more; if it stays, start afresh with: alga stack reset.${inLog(p.log)}`,
  ),
  STACK_SUPERVISOR_FAILED: spec<{ detail: string; log: string }>(
    3,
    (p) => `The stack did not start: ${p.detail}`,
    (p) => `Try once more, or run: alga doctor.${inLog(p.log)}`,
  ),
  STACK_SUPERVISOR_LOST: spec<{ detail: string }>(
    3,
    (p) => `The process that keeps the stack went away (${p.detail}).`,
    () => 'The stack is started again by itself; if it does not come back, run: alga stack status',
  ),
  STACK_OTHER_VERSION: spec<{ theirs: string; ours: string }>(
    3,
    (p) => `The running stack speaks version ${p.theirs} of its protocol, this alga ${p.ours}.`,
    () => 'End the sessions of the other alga, then start again.',
  ),
  STACK_SERVICE_GAVE_UP: spec<{ service: string; cause: string; log: string }>(
    3,
    (p) => `The ${p.service} does not stay up: it ${p.cause}.`,
    (p) => `End all sessions and start again; data can be made new with: alga stack reset.${inLog(p.log)}`,
  ),
  STACK_STOPPED: spec<{ reason: string }>(
    3,
    (p) => `The stack was stopped: ${p.reason}.`,
    () => 'Start it again with: alga dev',
  ),
  STACK_IN_USE: spec<{ pids: string; wish: string }>(
    3,
    (p) => `The stack is in use by process ${p.pids}; it cannot be ${p.wish}.`,
    () => 'End those sessions first, or, to stop it under them: alga stack stop --force',
  ),
  STACK_RUNNER_FAILED: spec<{ detail: string; log: string }>(
    3,
    (p) => `The runner did not start: ${p.detail}`,
    (p) => `Run: alga doctor.${inLog(p.log)}`,
  ),
  STACK_RUNNER_STOPPED: spec<Record<never, never>>(
    3,
    () => 'The runner was stopped.',
    () => 'It belongs to a session: start one with alga dev',
  ),
} as const;
