import { text } from 'node:stream/consumers';
import { algaError } from '../core/errors/alga-error.js';
import type { ExtensionSecrets } from '../host/client/index.js';
import { attachToExtension, type SessionChoice } from './attach.js';
import { jsonLine } from './render/json.js';

export type SecretsAction =
  | { readonly what: 'list' }
  | { readonly what: 'set' | 'remove'; readonly name: string };

const LOCKED = 'There are secrets that this machine cannot open. Setting one replaces them.';

export type SecretsRun = SecretsAction & SessionChoice & { readonly json: boolean };

/**
 * Runs `alga secrets`. A value comes from the terminal or the standard input, never from an argument, which
 * shells and process lists keep. Throws what attaching throws, CLI_SECRET_UNKNOWN, CLI_REFUSED.
 */
export async function runSecrets(run: SecretsRun): Promise<void> {
  const { host, extension } = await attachToExtension(run);
  const secrets = host.secrets(extension.registryId);
  const done = await change(secrets, run);
  if (done === undefined) return;
  const { names, readable } = await secrets.list();
  if (run.json) {
    const { extension: name } = extension;
    process.stdout.write(
      `${jsonLine({ type: 'secrets', at: new Date().toISOString(), extension: name, names, readable })}\n`,
    );
    return;
  }
  const listed = readable ? names : [LOCKED];
  const lines = run.what === 'list' ? listed : [done];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Does what is to be done before the list is read, and tells it in words; undefined when the user turned back. */
async function change(secrets: ExtensionSecrets, run: SecretsAction): Promise<string | undefined> {
  if (run.what === 'list') return '';
  const { name } = run;
  if (run.what === 'set') {
    const value = await readValue(name);
    if (value === undefined) return undefined;
    await secrets.set(name, value);
    return `${name} is set; the handler reads it with its next call.`;
  }
  const { names } = await secrets.list();
  if (!names.includes(name))
    throw algaError('CLI_SECRET_UNKNOWN', { name, known: names.join(', ') || 'none' });
  await secrets.remove(name);
  return `${name} is removed.`;
}

async function readValue(name: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({ message: `Value of ${name}` });
  return isCancel(answer) ? undefined : answer;
}
