#!/usr/bin/env node
// What is imported below does not even parse on older versions, which would then say nothing that helps.
const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  process.stderr.write(`alga needs Node 20.19 or newer; this is ${process.version}.\n`);
  process.stderr.write('Install a newer one from https://nodejs.org and run the command again.\n');
  process.exitCode = 1;
} else {
  await import('../dist/src/cli/main.js');
}
