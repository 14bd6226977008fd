import { Command } from 'commander';
import { registerDoctor } from '../../dist/src/cli/doctor.js';
import { fail } from '../../dist/src/cli/failure.js';

const program = new Command('alga').option('--verbose').option('--json');
registerDoctor(program);
try {
  await program.parseAsync();
} catch (error) {
  fail(error, { json: process.argv.includes('--json'), verbose: false });
}
