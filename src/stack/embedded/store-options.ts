import type { StoreConfig } from '../types.js';
import type { ServiceStart } from './service-process.js';

/** Region the store calls itself; the product's development setup uses the same. */
export const STORE_REGION = 'us-east-1';
/** Bucket of the bundles; it exists as soon as the store is up. */
export const STORE_BUCKET = 'extensions';

export interface StoreOptions extends ServiceStart {
  readonly dataDir: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** How clients reach a store that was started with these options. */
export function storeConfig(port: number, keys: { accessKey: string; secretKey: string }): StoreConfig {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    accessKey: keys.accessKey,
    secretKey: keys.secretKey,
    region: STORE_REGION,
    bucket: STORE_BUCKET,
  };
}
