import { Router } from 'express';
import { z } from 'zod';
import type { ConfigValues, SecretList } from '../wire/author.js';
import { type AuthorContext, aboutInstall, parsed, Refused } from './author-context.js';

const name = z.string().trim().min(1).max(128);
const secretBody = z.strictObject({ name, value: z.string().max(32_768) });
const nameBody = z.strictObject({ name });
const configBody = z.strictObject({ config: z.record(name, z.string().max(32_768)) });

/** Secrets of the install. They go in and are used, but never come out again. */
export function secretRoutes(context: AuthorContext): Router {
  const router = Router({ mergeParams: true });
  const { registry } = context;
  router.get(
    '/',
    aboutInstall(context, async ({ installId }): Promise<SecretList> => {
      const { values, readable } = await registry.readSecrets(installId);
      return { names: Object.keys(values).sort(), readable };
    }),
  );
  router.put(
    '/',
    aboutInstall(context, async ({ installId }, req) => {
      const { name, value } = parsed(secretBody, req.body);
      // As in the product: an empty value is no value, and changes nothing.
      if (value === '') throw new Refused(400, 'A secret needs a value. Remove it instead.');
      await registry.writeSecrets(installId, { [name]: value });
    }),
  );
  router.delete(
    '/',
    aboutInstall(context, async ({ installId }, req) => {
      await registry.writeSecrets(installId, { [parsed(nameBody, req.body).name]: null });
    }),
  );
  return router;
}

/** Configuration values of the install, which the gateway sends with every call. */
export function configRoutes(context: AuthorContext): Router {
  const router = Router({ mergeParams: true });
  router.get(
    '/',
    aboutInstall(context, async ({ config }): Promise<ConfigValues> => ({ config: textValues(config) })),
  );
  router.put(
    '/',
    aboutInstall(context, async ({ installId }, req) => {
      await context.registry.writeConfig(installId, parsed(configBody, req.body).config);
    }),
  );
  return router;
}

function textValues(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, text(value)]));
}
