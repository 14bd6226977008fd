import { Command, CommanderError } from 'commander';
import { registerAdd } from './add.js';
import { registerBuild } from './build.js';
import { registerCall } from './call.js';
import { registerCreate } from './create.js';
import { registerDev } from './dev.js';
import { registerDoctor } from './doctor.js';
import { fail } from './failure.js';
import { registerInspect } from './inspect.js';
import { registerLogs } from './logs.js';
import { registerSecrets } from './secrets.js';
import { registerStack } from './stack.js';
import { registerTest } from './test.js';
import { registerValidate } from './validate.js';
import { packageVersion } from './version.js';

const program = new Command('alga')
  .description('Dev server and CLI for Alga PSA extensions')
  .version(packageVersion(), '-v, --version')
  .option('--verbose', 'show causes and stack traces of errors')
  .option('--json', 'machine-readable output: one JSON object a line')
  .showHelpAfterError('(run with --help to see what there is)')
  .exitOverride();

registerDev(program);
registerAdd(program);
registerBuild(program);
registerCall(program);
registerCreate(program);
registerDoctor(program);
registerInspect(program);
registerLogs(program);
registerSecrets(program);
registerValidate(program);
registerStack(program);
registerTest(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else fail(error, { json: program.opts().json === true, verbose: program.opts().verbose === true });
}
