import { join } from 'node:path';
import { packageRoot } from '../../core/entry.js';
import { templateKey } from './template/engine-template.js';
import { writePrebuilt } from './template/prebuilt-template.js';
import { buildTemplate } from './template/template-build.js';
import { findComponentTools } from './tools/component-tools.js';
import { enabledFeaturesOf } from './wit/engine-features.js';
import { builtInDefinition, WORLD } from './wit/interface-definition.js';

/**
 * Makes the templates that ship with the package, so that the first start on a machine does not have to. To be
 * run when the tools, the guest interfaces or the template format change (a test says so); takes a minute:
 *
 *     npm run prebuild-templates
 */
const tools = await findComponentTools();
const { text: wit } = await builtInDefinition();
const templates = [];
for (const features of ['default', 'parity'] as const) {
  const subject = { wit, world: WORLD, features: enabledFeaturesOf(features) };
  templates.push(await buildTemplate(templateKey(subject, tools), subject, tools));
}
await writePrebuilt(join(packageRoot(), 'src', 'build', 'handler', 'prebuilt'), templates);
