import { Command, Help } from 'commander';
import { registerAdd } from './add.js';
import { registerBuild } from './build.js';
import { registerCall } from './call.js';
import { registerCreate } from './create.js';
import { registerDev } from './dev.js';
import { registerDoctor } from './doctor.js';
import { registerInspect } from './inspect.js';
import { registerLogs } from './logs.js';
import { registerSecrets } from './secrets.js';
import { registerStack } from './stack.js';
import { registerTest } from './test.js';
import { registerValidate } from './validate.js';
import { packageVersion } from './version.js';

const REGISTRATIONS = [
  ...[registerDev, registerAdd, registerBuild, registerCall, registerCreate, registerDoctor],
  ...[registerInspect, registerLogs, registerSecrets, registerValidate, registerStack, registerTest],
];

/** The `alga` command with everything it has. Nothing of a command is loaded before that command runs. */
export function algaCommand(): Command {
  const program = new Command('alga')
    .description('Dev server and CLI for Alga PSA extensions')
    .version(packageVersion(), '-v, --version')
    .option('--verbose', 'show causes and stack traces of errors')
    .option('--json', 'machine-readable output: one JSON object a line')
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: sharedOptions })
    .showHelpAfterError('(run with --help to see what there is)')
    .exitOverride();
  for (const register of REGISTRATIONS) register(program);
  return program;
}

/** The options of `alga` that a command takes too, without those that it words itself. */
function sharedOptions(command: Command) {
  const own = new Set([...command.options.map(({ long }) => long), '--version']);
  const help = Object.assign(new Help(), { showGlobalOptions: true });
  return help.visibleGlobalOptions(command).filter(({ long }) => !own.has(long));
}
