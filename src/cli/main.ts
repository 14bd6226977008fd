import { CommanderError } from 'commander';
import { algaCommand } from './commands.js';
import { fail } from './failure.js';
import { leaveWithReader } from './leaving.js';

leaveWithReader();
const program = algaCommand();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else fail(error, { json: program.opts().json === true, verbose: program.opts().verbose === true });
}
