// Makes a component of JavaScript source: `node guest-program.mjs <source file> <wit file> <out file> [disabled feature ...]`.
// A process of its own, because the tools need less than half of the time under another collector of V8.
import { writeFileSync } from 'node:fs';
import { componentize } from '@bytecodealliance/componentize-js';

const [, , sourcePath, witPath, outFile, ...disableFeatures] = process.argv;
const { component } = await componentize({ sourcePath, witPath, worldName: 'runner', disableFeatures });
writeFileSync(outFile, component);
