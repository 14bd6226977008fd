import { z } from 'zod';
import { configSchema } from './config/schema.js';
import { manifestSchema } from './manifest/schema.js';

/** JSON Schema of `manifest.json`, for editors. Unknown top-level keys are refused, as the product does. */
export function manifestJsonSchema(): object {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' });
  return { ...schema, title: 'Alga extension manifest, version 2', additionalProperties: false };
}

/** JSON Schema of `alga.config.json`, for editors. */
export function configJsonSchema(): object {
  return { ...z.toJSONSchema(configSchema, { io: 'input' }), title: 'Configuration of alga' };
}
