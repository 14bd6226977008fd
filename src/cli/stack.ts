import type { Command } from 'commander';
import { globalOptions } from './options.js';

/** `alga stack status|stop|reset`: the embedded services that sessions share. */
export function registerStack(program: Command): void {
  const stack = program.command('stack').description('the local services that alga dev runs');
  stack
    .command('status')
    .description('what is running, where, and who uses it')
    .action(async (_: unknown, command: Command) => {
      const { showStackStatus } = await import('./stack-run.js');
      await showStackStatus(globalOptions(command));
    });
  stack
    .command('stop')
    .description('stop the services')
    .option('--force', 'also when a session uses them')
    .action(async (options: { force?: boolean }, command: Command) => {
      const { runStackStop } = await import('./stack-run.js');
      await runStackStop({ ...globalOptions(command), force: options.force === true });
    });
  stack
    .command('reset')
    .description('delete the local database and object store; the next start makes them anew')
    .action(async (_: unknown, command: Command) => {
      const { runStackReset } = await import('./stack-run.js');
      await runStackReset(globalOptions(command));
    });
}
