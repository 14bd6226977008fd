import { Client } from 'minio';
import { createObjectStore } from '../../../src/stack/embedded/object-store/server.js';
import type { StoreConfig } from '../../../src/stack/types.js';
import { keyOf, type TestBundle } from './bundles.js';
import { scratchFolder } from './scratch-folder.js';

const LOCAL = {
  accessKey: 'test-access',
  secretKey: 'test-secret-key',
  region: 'us-east-1',
  bucket: 'alga-ext',
};

/** A bucket behind the real S3 protocol: one of our own over a folder, or one that is already there. */
export class S3Store {
  readonly config: StoreConfig;
  readonly #client: Client;
  readonly #end: () => Promise<void>;

  private constructor(config: StoreConfig, end: () => Promise<void>) {
    const { protocol, hostname, port } = new URL(config.endpoint);
    const useSSL = protocol === 'https:';
    const { accessKey, secretKey, region } = config;
    const address = { endPoint: hostname, port: Number(port) || (useSSL ? 443 : 80), useSSL };
    this.config = config;
    this.#client = new Client({ ...address, accessKey, secretKey, region });
    this.#end = end;
  }

  /** A server of our own, which checks every signature. */
  static async start(): Promise<S3Store> {
    const folder = await scratchFolder('s3');
    const { accessKey, secretKey, region, bucket } = LOCAL;
    const server = await createObjectStore({
      dataDir: folder.path,
      credentials: { accessKey, secretKey },
      region,
      onFault: () => undefined,
    });
    await server.ensureBucket(bucket);
    const endpoint = `http://127.0.0.1:${await server.listen(0)}`;
    return new S3Store({ endpoint, ...LOCAL }, async () => {
      await server.stop();
      await folder.remove();
    });
  }

  /** A bucket given as `http://<access key>:<secret key>@host:port/<bucket>`. */
  static attach(address: string): S3Store {
    const url = new URL(address);
    const config = {
      endpoint: url.origin,
      accessKey: decodeURIComponent(url.username),
      secretKey: decodeURIComponent(url.password),
      region: url.searchParams.get('region') ?? LOCAL.region,
      bucket: url.pathname.slice(1),
    };
    return new S3Store(config, () => Promise.resolve());
  }

  /** What a runner is configured with to read it. */
  get environment(): Record<string, string> {
    const { endpoint, bucket, accessKey, secretKey, region } = this.config;
    return {
      BUNDLE_STORE_BASE: `${endpoint}/${bucket}`,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      S3_REGION: region,
    };
  }

  /** Stores bytes under the key of a bundle, be they the bundle's or not. */
  async put(
    tenantId: string,
    extensionId: string,
    { hex }: Pick<TestBundle, 'hex'>,
    bytes: Buffer,
  ): Promise<void> {
    await this.#client.putObject(this.config.bucket, keyOf(tenantId, extensionId, hex), bytes);
  }

  async remove(tenantId: string, extensionId: string, { hex }: Pick<TestBundle, 'hex'>): Promise<void> {
    await this.#client.removeObject(this.config.bucket, keyOf(tenantId, extensionId, hex));
  }

  async stop(): Promise<void> {
    await this.#end();
  }
}
