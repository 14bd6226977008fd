import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ComponentTools } from '../tools/component-tools.js';
import type { EngineFeature } from '../wit/engine-features.js';

/** Raised when templates made by an older version of this code must not be used any more. */
export const TEMPLATE_FORMAT = 1;

/** What a template is made for. */
export interface TemplateSubject {
  readonly wit: string;
  readonly world: string;
  /** Sorted. */
  readonly features: readonly EngineFeature[];
}

const importSchema = z.object({
  module: z.string(),
  name: z.string(),
  /** Parameter and result types of the core function, in hex. */
  type: z.string(),
});

/** What has to be known about a template's binaries to use them; kept beside them. */
export const templateFactsSchema = z.object({
  /** Environment the engine expects while it loads a handler: the exports and imports of its world. */
  environment: z.record(z.string(), z.string()),
  /** Mutable globals of the engine, and the names under which they are exported from `engine`. */
  globals: z.array(z.object({ index: z.int().nonnegative(), type: z.int(), exportName: z.string() })),
  /** Host functions the world imports. */
  hostImports: z.array(importSchema),
});

export type TemplateFacts = z.infer<typeof templateFactsSchema>;
export type HostImport = z.infer<typeof importSchema>;

/**
 * Everything about a component that does not depend on the handler: it is constant for an engine, a world and
 * features.
 */
export interface EngineTemplate {
  readonly key: string;
  /** Folder from which `readTemplate` reads it again, when it is kept in one. */
  readonly dir?: string;
  /** The spliced engine as a core module that can be evaluated here: memory bounded, globals exported. */
  readonly engine: Uint8Array;
  /** Generated script that ties the engine to the world. */
  readonly bindings: Uint8Array;
  /** A whole component whose handler is empty; images are differences to the memory it starts with. */
  readonly component: Uint8Array;
  readonly facts: TemplateFacts;
}

/** Identity of a template: SHA-256 in hex of all it is made from. */
export function templateKey(subject: TemplateSubject, tools: ComponentTools): string {
  const made = [
    TEMPLATE_FORMAT,
    tools.engineHash,
    tools.componentizerVersion,
    tools.transpilerVersion,
    subject.wit,
    subject.world,
    subject.features,
  ];
  return createHash('sha256').update(JSON.stringify(made)).digest('hex');
}
