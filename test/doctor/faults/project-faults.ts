import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ScratchProject } from '../../support/scratch.js';

/** A project in a folder of its own, so that what lies around it can be a fault, too. */
export interface Place {
  readonly project: ScratchProject;
  /** Writes a file of the project. */
  write(file: string, content: string | Buffer): Promise<void>;
}

/** One fault of a project or a machine on which nothing runs. */
export interface QuietFault {
  readonly check: string;
  readonly how?: string;
  readonly template: 'component' | 'full' | 'ui-react' | 'ui-static';
  /** What is seen is made up, for want of the real fault. */
  readonly feigned?: true;
  /** Causes it; may give variables of the environment to look with, and what takes it back. */
  cause(place: Place): Promise<{ env?: NodeJS.ProcessEnv; undo?: () => unknown } | undefined | unknown>;
  /** True when `--fix` mends it. */
  readonly mends?: true;
}

const LATER = new Date(Date.now() + 60_000);

/** Edits a file of the project. */
const edits =
  (file: string, search: string, replacement: string): QuietFault['cause'] =>
  ({ project }) =>
    project.edit(file, search, replacement);

/** Puts code in front of the handler's first import. */
const imports = (code: string): QuietFault['cause'] => edits('src/handler.ts', 'import ', `${code}\nimport `);

export const writes =
  (file: string, content: string | Buffer): QuietFault['cause'] =>
  ({ write }) =>
    write(file, content);

export const projectFaults: readonly QuietFault[] = [
  {
    check: 'project.manifest',
    how: 'not JSON',
    template: 'ui-static',
    cause: writes('manifest.json', '{ "name": '),
  },
  {
    check: 'project.manifest',
    how: 'a field the product ignores',
    template: 'full',
    cause: edits('manifest.json', '"name"', '"sbom": "x", "name"'),
  },
  {
    check: 'project.shape',
    how: 'an endpoint without a handler',
    template: 'ui-static',
    cause: edits(
      'manifest.json',
      '"ui"',
      '"api": {"endpoints":[{"method":"GET","path":"/a","handler":"dist/main"}]}, "ui"',
    ),
  },
  { check: 'project.dependencies', template: 'component', cause: imports("import 'no-such-package';") },
  {
    check: 'project.dependencies',
    how: 'a helper that is not published',
    template: 'component',
    cause: async ({ project, write }) => {
      const folder = 'node_modules/@alga-psa/extension-runtime';
      await write(
        `${folder}/package.json`,
        '{ "version": "0.3.0", "type": "module", "main": "dist/index.js" }',
      );
      await write(`${folder}/dist/index.js`, 'export { jsonResponse }; function jsonResponse() {}\n');
      await write('package.json', '{ "dependencies": { "@alga-psa/extension-runtime": "0.3.0" } }');
      const names = '{ jsonResponse, normalizeUserData as user, type Missing }';
      await project.edit(
        'src/handler.ts',
        'import ',
        `import ${names} from '@alga-psa/extension-runtime';\nvoid [jsonResponse, user];\nimport `,
      );
    },
  },
  { check: 'project.handler-code', template: 'component', cause: imports("import 'node:fs';") },
  {
    check: 'project.capabilities',
    template: 'component',
    cause: async ({ project }) => {
      await project.edit(
        'src/handler.ts',
        'import ',
        "import { get } from 'alga:extension/storage';\nimport ",
      );
      await project.edit('src/handler.ts', 'function hello', "get('n', 'k');\nfunction hello");
    },
  },
  {
    check: 'project.secrets',
    mends: true,
    template: 'component',
    cause: async ({ project, write }) => {
      await write('alga.secrets.env', 'API_KEY=x\n');
      await project.write('.gitignore', 'node_modules\n');
    },
  },
  {
    check: 'project.component',
    template: 'component',
    cause: async ({ write, project }) => {
      await write('dist/main.wasm', Buffer.from('0061736d01000000', 'hex'));
      await utimes(join(project.root, 'dist/main.wasm'), LATER, LATER);
    },
  },
  {
    check: 'project.artifacts',
    how: 'a component from before the last change',
    template: 'component',
    cause: async ({ write, project }) => {
      // The smallest component that exports a handler: an instance type of nothing is enough for its names.
      await write('dist/main.wasm', component());
      const before = new Date(Date.now() - 3_600_000);
      await utimes(join(project.root, 'dist/main.wasm'), before, before);
    },
  },
  {
    check: 'project.artifacts',
    how: 'a newer component under another name',
    template: 'component',
    cause: async ({ write, project }) => {
      await write('dist/main.wasm', component());
      await write('dist/component.wasm', component());
      const [now, later] = [Date.now(), Date.now() + 60_000].map((at) => new Date(at));
      await utimes(join(project.root, 'dist/main.wasm'), now ?? 0, now ?? 0);
      await utimes(join(project.root, 'dist/component.wasm'), later ?? 0, later ?? 0);
    },
  },
  { check: 'project.ui-assets', template: 'ui-static', cause: writes('ui/logo.gif', 'GIF89a') },
  {
    check: 'project.ui-references',
    template: 'ui-static',
    cause: edits('ui/index.html', '</body>', '<script src="gone.js"></script></body>'),
  },
  {
    check: 'project.ui-policy',
    template: 'ui-static',
    cause: edits('ui/index.html', '</body>', '<script>alert(1)</script></body>'),
  },
  {
    check: 'project.ui-code',
    template: 'ui-static',
    cause: edits('ui/main.js', 'ready();', "ready();\nalert('done');"),
  },
  {
    check: 'project.build-tools',
    how: 'a stranger with a familiar name',
    template: 'component',
    cause: edits('package.json', '"private"', '"dependencies": { "tsc": "2.0.4" }, "private"'),
  },
  {
    check: 'project.build-tools',
    how: 'a jco that fails',
    template: 'component',
    mends: true,
    cause: async ({ write, project }) => {
      // The project's own copy decides, not the one of the folder above.
      await write('node_modules/@bytecodealliance/jco/package.json', '{ "version": "1.35.0" }');
      await write('node_modules/@bytecodealliance/preview2-shim/package.json', '{ "version": "0.26.1" }');
      await write('package.json', '{ "devDependencies": { "@bytecodealliance/jco": "1.35.0" } }');
      return {
        undo: () =>
          write('node_modules/@bytecodealliance/jco/package.json', '{ "version": "1.34.0" }').then(
            () => project.root,
          ),
      };
    },
  },
  {
    check: 'project.wit',
    template: 'component',
    mends: true,
    cause: edits('wit/extension-runner.wit', 'import services;', 'import services;\n  import teleport;'),
  },
  {
    check: 'runner.allow-list',
    template: 'component',
    cause: async ({ project }) => {
      const call =
        "import { fetch as call } from 'alga:extension/http';\nexport const other = () => call({ url: 'https://api.weather.test/v1' });\n";
      await project.write('src/weather.ts', call);
      return { env: { EXT_EGRESS_ALLOWLIST: 'example.com' } };
    },
  },
  {
    check: 'machine.leftovers',
    template: 'component',
    mends: true,
    cause: writes('.alga/session.lock', '{"pid":1,"startedAt":"long ago"}'),
  },
  {
    check: 'machine.proxy',
    template: 'ui-static',
    cause: async () => ({ env: { HTTP_PROXY: 'http://proxy:3128' } }),
  },
];

/** A component that exports `handler`, and nothing else: a type of an instance would be no part of the name. */
function component(): Buffer {
  const name = Buffer.from('handler');
  const exported = Buffer.from([1, 0, name.length, ...name, 1, 0, 0]);
  const head = Buffer.from('0061736d0d000100', 'hex');
  return Buffer.concat([head, Buffer.from([11, exported.length]), exported]);
}

export function writerFor(root: string): Place['write'] {
  return async (file, content) => {
    const path = join(root, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };
}
