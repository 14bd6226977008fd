import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check, Observation } from '../../check.js';
import { installedPackage, packageJson } from '../../sources/installed-package.js';

const JCO = '@bytecodealliance/jco';
const BROKEN_JCO = '1.35.0';
const GOOD_JCO = '1.34.0';

/** Packages whose names look like the tools', and are not. */
const IMPOSTORS: Readonly<Record<string, string>> = {
  tsc: 'typescript',
  jco: `${JCO}@${GOOD_JCO}`,
};

/** The project's own build tools are ones that work. */
export const buildToolsCheck: Check = {
  id: 'project.build-tools',
  title: 'The build tools are the right packages, in versions that work',
  group: 'project',
  why: 'jco 1.35.0 fails every build with "no such file (os error 44)"; the packages "tsc" and "jco" are strangers with familiar names.',
  run: async (view) => {
    const project = await view.project();
    const folder = project.handler?.root ?? project.root;
    const path = join(folder, 'package.json');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    const own = text === undefined ? undefined : packageJson(text);
    if (text === undefined || own === undefined) return [];
    const declared = { ...own.dependencies, ...own.devDependencies };
    return [...impostors(declared), ...(await brokenJco({ folder, path, text, declared }))];
  },
};

function impostors(declared: Readonly<Record<string, string>>): Observation[] {
  return Object.entries(IMPOSTORS).flatMap(([name, meant]) =>
    declared[name] === undefined
      ? []
      : [
          {
            severity: 'problem' as const,
            seen: `package.json depends on "${name}", which is not the tool of that name`,
            expected: `it depends on ${meant}`,
            fix: {
              summary: `Use ${meant} instead`,
              command: `npm uninstall ${name} && npm install --save-dev ${meant}`,
              safe: false,
            },
          },
        ],
  );
}

interface Package {
  readonly folder: string;
  readonly path: string;
  readonly text: string;
  readonly declared: Readonly<Record<string, string>>;
}

async function brokenJco({ folder, path, text, declared }: Package): Promise<Observation[]> {
  const range = declared[JCO];
  if (range === undefined) return [];
  const installed = (await installedPackage(folder, JCO))?.version;
  if ((installed ?? range.replace(/^[=v]+/, '')) !== BROKEN_JCO) return [];
  // What breaks it is the newer shim that comes with it by default; an override may hold the shim back.
  const shim = (await installedPackage(folder, '@bytecodealliance/preview2-shim'))?.version;
  if (shim?.startsWith('0.26.0')) return [];
  const line = `"${JCO}": "${range}"`;
  return [
    {
      severity: 'problem',
      seen: `${JCO} ${BROKEN_JCO} ${installed === undefined ? 'is asked for' : 'is installed'}`,
      expected: `${JCO} ${GOOD_JCO}`,
      fix: {
        summary: `Pin ${JCO} to ${GOOD_JCO} in package.json (then run npm install)`,
        command: `npm install --save-dev --save-exact ${JCO}@${GOOD_JCO}`,
        safe: false,
        plan: async () =>
          text.includes(line) && range !== GOOD_JCO
            ? [{ kind: 'file', path, before: text, after: text.replace(line, `"${JCO}": "${GOOD_JCO}"`) }]
            : [],
      },
    },
  ];
}
