import type { TemplateSubject } from '../template/engine-template.js';
import { enabledFeaturesOf } from '../wit/engine-features.js';
import { WORLD } from '../wit/interface-definition.js';
import type { LaneJob } from './component-lane.js';

/** What a job's template is made for. */
export function templateSubject(job: Pick<LaneJob, 'definition' | 'features'>): TemplateSubject {
  return { wit: job.definition.text, world: WORLD, features: enabledFeaturesOf(job.features) };
}
