// dependency-cruiser reads TypeScript by a compiler that is a library, and the one of this repository is a
// native program. This gives it the classic one, for itself alone.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './commands.mjs';

const modules = join(root, 'node_modules');
const own = join(modules, 'dependency-cruiser', 'node_modules');
if (!existsSync(join(own, 'typescript'))) {
  mkdirSync(own, { recursive: true });
  symlinkSync(join(modules, 'typescript-classic'), join(own, 'typescript'), 'junction');
}
