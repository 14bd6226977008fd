import { z } from 'zod';
import { connectToHost } from '../../../host/client/index.js';
import type { Check, Observation } from '../../check.js';
import { ifSeen } from '../../unseen.js';
import type { View } from '../../view.js';

/** Time the gateway gives a call, and the part of it from which on it is told. */
const LIMIT_MS = 30_000;
const NEAR = 0.8;

const callRow = z.object({
  status: z.string(),
  ms: z.coerce.number().nullable(),
  path: z.string().nullable(),
});

/** Calls of the last minutes kept away from the limits of time and memory. */
export const runnerLimitsCheck: Check = {
  id: 'runner.limits',
  title: 'Calls keep away from the limits of time and memory',
  group: 'runner',
  why: 'A call that reaches a limit is ended: 502 or 500, with nothing in the answer that says why.',
  run: async (view) => [...(await nearTime(view)), ...(await nearMemory(view))],
};

async function nearTime(view: View): Promise<Observation[]> {
  const [{ registryId, tenantId, install }, database] = await Promise.all([
    view.installed(),
    view.database(),
  ]);
  const [slowest] = await database.rows(
    callRow,
    `SELECT status, metrics->>'duration_ms' AS ms, metrics->>'path' AS path FROM extension_execution_log
      WHERE tenant_id = $1 AND registry_id = $2 AND version_id = $3 AND finished_at > now() - interval '10 minutes'
        AND (status = 'timeout' OR (metrics->>'duration_ms')::float >= $4)
      ORDER BY (metrics->>'duration_ms')::float DESC LIMIT 1`,
    [tenantId, registryId, install.version_id, LIMIT_MS * NEAR],
  );
  if (slowest === undefined) return [];
  const took =
    slowest.status === 'timeout' ? 'ran out of time' : `took ${Math.round((slowest.ms ?? 0) / 1000)} s`;
  return [near(`a call of ${slowest.path ?? 'the handler'} ${took} in the last 10 minutes`)];
}

/** Only a running session knows what the runner said of a call: the product keeps nothing of it. */
async function nearMemory(view: View): Promise<Observation[]> {
  const [origin, sound] = await Promise.all([ifSeen(view.host()), ifSeen(view.sound())]);
  if (origin === undefined || sound === undefined) return [];
  const records = await (await connectToHost({ origin })).recentRequests();
  const full = records.find(
    ({ registryId, contentHash, runnerError = '' }) =>
      registryId === sound.registryId && contentHash === sound.hash && /MiB of memory/.test(runnerError),
  );
  return full === undefined ? [] : [near(`${full.method} ${full.path}: ${full.runnerError?.slice(0, 200)}`)];
}

function near(seen: string): Observation {
  return {
    severity: 'warning',
    seen,
    expected: `less than ${(LIMIT_MS * NEAR) / 1000} s, and less memory than the runner gives a handler`,
    fix: {
      summary: 'Do less in one call: work in parts, or in a schedule',
      command: 'alga logs',
      safe: false,
    },
  };
}
