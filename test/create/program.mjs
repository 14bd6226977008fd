// The `create` command alone, as a program.
import { Command } from 'commander';

const { registerCreate } = await import('../../dist/src/cli/create.js');

const program = new Command('alga').option('--json');
registerCreate(program);
try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode ?? 70;
}
