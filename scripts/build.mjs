// `node scripts/build.mjs` compiles the product into dist/; with --runner, the runner alone, as its image needs it.
import { build, buildRunner } from './lib/build.mjs';

await (process.argv.includes('--runner') ? buildRunner() : build());
