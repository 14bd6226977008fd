export { type CreatedProject, type CreateOptions, createProject } from './create.js';
export { checkPublisher, DEFAULT_PUBLISHER, nameProblem } from './names.js';
export { type ProjectKind, TEMPLATES, type Template } from './templates.js';
