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
  CONFIG_NEEDS_RESTART: spec<{ setting: string; value: string; kept: string }>(
    1,
    (p) => `The setting ${p.setting} is ${p.value} now; this session goes on with ${p.kept}`,
    () => 'Stop `alga dev` and start it again to have the new value.',
  ),
  CONFIG_PATH: spec<{ setting: string; path: string }>(
    1,
    (p) => `The setting ${p.setting} names ${p.path}, but there is no such file`,
    () => 'Correct the path; it is taken from the folder of the configuration file.',
  ),
  CREATE_NAME: spec<{ name: string; problem: string }>(
    2,
    (p) => `"${p.name}" cannot be the name of an extension: ${p.problem}`,
    () => 'Use a reverse domain name such as com.acme.time-report; a single word gets a prefix by itself.',
  ),
  CREATE_NAME_MISSING: spec<Record<never, never>>(
    2,
    () => 'The new project needs a name',
    () => 'Run `alga create extension <name>`, or `alga create` in a terminal to be asked.',
  ),
  CREATE_PUBLISHER: spec<{ publisher: string }>(
    2,
    (p) => `"${p.publisher}" cannot be a publisher: up to 80 letters, digits, blanks and . , & ' ( ) _ + -`,
    () => "Give your company's name with --publisher.",
  ),
  CREATE_TENANT: spec<{ tenant: string }>(
    2,
    (p) => `"${p.tenant}" is not the id of a tenant`,
    () => 'Give its UUID with --tenant, or leave it out: `alga dev` finds the tenant by itself.',
  ),
  CREATE_TEMPLATE: spec<{ template: string; known: string }>(
    2,
    (p) => `There is no template "${p.template}"`,
    (p) => `Use one of ${p.known}, or the path of a folder with a manifest.json.`,
  ),
  CREATE_TARGET: spec<{ target: string; problem: string }>(
    1,
    (p) => `Nothing was written: ${p.target} ${p.problem}`,
    () => 'Choose another name, or another folder with --dir.',
  ),
  ADD_EXISTS: spec<{ what: string; file: string }>(
    1,
    (p) => `${p.what} is there already, in ${p.file}`,
    () => 'Nothing was changed.',
  ),
  ADD_ARGUMENT: spec<{ what: string; value: string; expected: string }>(
    2,
    (p) => `${p.what} "${p.value}" cannot be added: expected ${p.expected}`,
    () => 'See `alga add --help` for the forms.',
  ),
  ADD_NO_HANDLER: spec<{ root: string }>(
    1,
    (p) => `There is no handler source in ${p.root} to add to`,
    () => 'Make a project with a handler first: `alga create component <name>`.',
  ),
  ADD_HANDLER_UNCLEAR: spec<{ file: string; route: string }>(
    1,
    (p) =>
      `${p.file} is written in a way that cannot be edited safely, so nothing was changed for ${p.route}`,
    () =>
      'Add the endpoint by hand: an entry under api.endpoints of the manifest, and an answer for its method and path in the handler.',
  ),
} as const;
