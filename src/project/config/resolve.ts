import { algaError } from '../../core/errors/alga-error.js';
import { type TenantId, tenantIdSchema } from '../../core/ids.js';
import type { ProjectOverrides } from '../shape/overrides.js';
import { type ConfigFile, readConfigFile } from './file.js';
import type { CheckedConfig } from './schema.js';

export type StackKind = 'embedded' | 'docker' | 'external';

/** Settings that may come from the command line. */
export interface ConfigFlags {
  readonly stack?: string | undefined;
  readonly tenant?: string | undefined;
  readonly port?: string | number | undefined;
  readonly open?: boolean | undefined;
  readonly parity?: boolean | undefined;
}

export type ConfigSource = 'flag' | 'environment' | 'file' | 'default';

/** All settings of a run, and where each of them comes from. */
export interface ResolvedConfig {
  readonly stack: StackKind;
  /** Absent: the only tenant of the database, or the one chosen before. */
  readonly tenant: TenantId | undefined;
  /** Preferred port of the host page. */
  readonly port: number;
  /** Preferred public port of the runner. */
  readonly runnerPort: number;
  readonly open: boolean;
  readonly features: 'default' | 'parity';
  readonly project: ProjectOverrides;
  /** Install configuration values. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly file: ConfigFile | undefined;
  readonly sources: Readonly<Record<'stack' | 'tenant' | 'port' | 'open' | 'parity', ConfigSource>>;
}

const DEFAULT_PORT = 3000;
const DEFAULT_RUNNER_PORT = 8085;

interface Setting<T> {
  readonly value: T;
  readonly source: ConfigSource;
}

/**
 * Settles every setting in one order: flags, then `ALGA_*` environment variables, then the
 * configuration file, then defaults. Throws `CONFIG_VALUE` for a bad flag or variable and the
 * errors of {@link readConfigFile}.
 */
export async function resolveConfig(options: {
  projectRoot: string;
  flags?: ConfigFlags;
  env?: NodeJS.ProcessEnv;
}): Promise<ResolvedConfig> {
  const { projectRoot, flags = {}, env = process.env } = options;
  const file = await readConfigFile(projectRoot);
  const config = file?.config ?? {};
  const stack = settle('stack', [flags.stack, env.ALGA_STACK], config.stack, 'embedded', readStack);
  const tenant = settle(
    'tenant',
    [flags.tenant, env.ALGA_TENANT_ID ?? env.ALGA_TENANT],
    config.tenant,
    undefined,
    readTenant,
  );
  const port = settle('port', [flags.port, env.ALGA_PORT], config.port, DEFAULT_PORT, readPort);
  const runnerPort = settle(
    'runner_port',
    [undefined, env.ALGA_RUNNER_PORT],
    config.runnerPort,
    DEFAULT_RUNNER_PORT,
    readPort,
  );
  const open = settle('open', [flags.open, env.ALGA_OPEN], config.open, false, readYesNo);
  const parity = settle('parity', [flags.parity, env.ALGA_PARITY], config.parity, false, readYesNo);
  return {
    stack: stack.value,
    tenant: tenant.value,
    port: port.value,
    runnerPort: runnerPort.value,
    open: open.value,
    features: parity.value ? 'parity' : 'default',
    project: pickProject(config),
    settings: config.settings ?? {},
    file,
    sources: {
      stack: stack.source,
      tenant: tenant.source,
      port: port.source,
      open: open.source,
      parity: parity.source,
    },
  };
}

function pickProject({ handler, component, ui }: CheckedConfig): ProjectOverrides {
  return {
    ...(handler === undefined ? {} : { handler }),
    ...(component === undefined ? {} : { component }),
    ...(ui === undefined ? {} : { ui }),
  };
}

type Raw = string | number | boolean | undefined;
type Reader<T> = (raw: string) => T | undefined;

function settle<T>(
  name: string,
  [flag, variable]: readonly [Raw, string | undefined],
  fromFile: Raw,
  fallback: T,
  read: { readonly expected: string; readonly of: Reader<T> },
): Setting<T> {
  const candidates: readonly (readonly [Raw, ConfigSource, string])[] = [
    [flag, 'flag', `--${name}`],
    [variable === '' ? undefined : variable, 'environment', `ALGA_${name.toUpperCase()}`],
    [fromFile, 'file', `"${name}" of the configuration file`],
  ];
  for (const [raw, source, where] of candidates) {
    if (raw === undefined) continue;
    const value = read.of(String(raw));
    if (value === undefined)
      throw algaError('CONFIG_VALUE', { where, value: String(raw), expected: read.expected });
    return { value, source };
  }
  return { value: fallback, source: 'default' };
}

const readStack = {
  expected: 'embedded, docker or external',
  of: (raw: string): StackKind | undefined =>
    raw === 'embedded' || raw === 'docker' || raw === 'external' ? raw : undefined,
};

const readTenant = {
  expected: 'the UUID of a tenant',
  of: (raw: string): TenantId | undefined => tenantIdSchema.safeParse(raw.trim()).data,
};

const readPort = {
  expected: 'a number from 0 to 65535',
  of: (raw: string): number | undefined =>
    /^\d{1,5}$/.test(raw) && Number(raw) <= 65_535 ? Number(raw) : undefined,
};

const readYesNo = {
  expected: 'true or false',
  of: (raw: string): boolean | undefined => {
    if (/^(?:1|true|yes|on)$/i.test(raw)) return true;
    return /^(?:0|false|no|off)$/i.test(raw) ? false : undefined;
  },
};
