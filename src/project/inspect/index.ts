export { projectFindings } from './findings.js';
export { type Inspection, inspectProject } from './inspect.js';
export type { PlannedStep } from './steps.js';
export { type Validation, type ValidationProblem, validateProject } from './validation.js';
