import { spec } from './define.js';

/** Errors of the `project` room. See `catalogue.ts` for how they are joined. */
export const projectErrors = {
  PROJECT_NOT_FOUND: spec<{ dir: string; lookedFor: string }>(
    1,
    (p) => `No extension project in ${p.dir}: looked for ${p.lookedFor}`,
    () =>
      'Run alga in a folder with a manifest.json, name one (`alga dev <folder>`), or make a new project with `alga create`.',
  ),
  PROJECT_UNREADABLE: spec<{ file: string; reason: string }>(
    1,
    (p) => `Cannot read ${p.file}: ${p.reason}`,
    () => 'Check that the file exists and that you may read it.',
  ),
  MANIFEST_SYNTAX: spec<{ file: string; problem: string }>(
    1,
    (p) => `${p.file} is not valid JSON: ${p.problem}`,
    () => 'Mend the JSON at the marked place. Comments and trailing commas are not allowed in a manifest.',
  ),
  MANIFEST_INVALID: spec<{ file: string; pointer: string; problem: string; more: number }>(
    1,
    (p) =>
      `${p.file}: ${p.pointer === '' ? 'the manifest' : p.pointer} ${p.problem}` +
      (p.more === 0 ? '' : ` (and ${p.more} more problem${p.more === 1 ? '' : 's'})`),
    (p) =>
      p.more === 0
        ? 'Mend the marked value; the product refuses to publish this manifest.'
        : 'Run `alga validate` to see every problem; the product refuses to publish this manifest.',
  ),
  PACKAGE_SYNTAX: spec<{ file: string; problem: string }>(
    1,
    (p) => `${p.file} is not valid JSON: ${p.problem}`,
    () => 'Mend the JSON at the marked place.',
  ),
  CONFIG_SYNTAX: spec<{ file: string; problem: string }>(
    1,
    (p) => `${p.file} is not valid JSON: ${p.problem}`,
    () => 'Mend the JSON at the marked place, or write the configuration as alga.config.ts.',
  ),
  CONFIG_INVALID: spec<{ file: string; pointer: string; problem: string }>(
    1,
    (p) => `${p.file}: ${p.pointer === '' ? 'the configuration' : p.pointer} ${p.problem}`,
    () => 'Mend or remove the marked setting; `alga inspect` lists what is in effect.',
  ),
  CONFIG_FAILED: spec<{ file: string; reason: string }>(
    1,
    (p) => `${p.file} could not be run: ${p.reason}`,
    () => 'The file must have a default export: the configuration, or a function that returns it.',
  ),
  CONFIG_VALUE: spec<{ where: string; value: string; expected: string }>(
    2,
    (p) => `${p.where} is "${p.value}", but must be ${p.expected}`,
    () => 'Correct the value; the order is flags, then ALGA_* variables, then alga.config, then defaults.',
  ),
  CONFIG_PATH: spec<{ setting: string; path: string }>(
    1,
    (p) => `The setting ${p.setting} names ${p.path}, but there is no such file`,
    () => 'Correct the path; it is taken from the folder of the configuration file.',
  ),
} as const;
