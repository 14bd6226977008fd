// The runner by itself: start, first and later requests, throughput, memory, restart under load.
import { setTimeout as pause } from 'node:timers/promises';
import { BundleServer, buildVariants, Client, startProgram } from '../lib/runner.mjs';
import { summarise } from '../lib/statistics.mjs';

const CLIENTS = 2;
const WARM_UPS = 20;

export async function measureRunner({ starts, calls, hashes, rounds, roundMs }) {
  const variant = await buildVariants();
  const store = await BundleServer.start();
  try {
    const publish = async (from, count) => {
      const made = [];
      for (let n = 0; n < count; n++) made.push(await store.publish(variant(from + n)));
      return made;
    };
    const [first] = await publish(0, 1);
    return {
      ...(await measureStarts(store, first, starts)),
      ...(await measureCalls(store, first, await publish(1, hashes), { calls, rounds, roundMs })),
      ...(await measureRestarts(store, first, roundMs)),
    };
  } finally {
    await store.stop();
  }
}

/** Each start is of a new process; its first request finds nothing fetched and nothing compiled. */
async function measureStarts(store, hash, starts) {
  const ready = [];
  const firsts = [];
  for (let n = 0; n < starts; n++) {
    const runner = await startProgram(store, `start-${n}`);
    const client = new Client();
    ready.push(runner.ms);
    firsts.push(await timed(() => client.execute(runner.url, hash)));
    client.close();
    await runner.stop();
  }
  return {
    'runner: program start -> ready': summarise(ready),
    'runner: first request of a new process': summarise(firsts),
  };
}

async function measureCalls(store, first, others, { calls, rounds, roundMs }) {
  const runner = await startProgram(store, 'calls');
  const clients = Array.from({ length: CLIENTS }, () => new Client());
  const [client] = clients;
  const { url } = runner;
  try {
    for (let n = 0; n < WARM_UPS; n++) await client.execute(url, first);
    const warm = [];
    for (let n = 0; n < calls; n++) warm.push(await timed(() => client.execute(url, first)));
    const inside = await lastExecuted(runner, WARM_UPS + calls, calls);
    const before = await residentMiB(client, url);
    const cold = [];
    for (const hash of others) cold.push(await timed(() => client.execute(url, hash)));
    const grown = (await residentMiB(client, url)) - before;
    const executed = await throughput(clients, rounds, roundMs, (each) => each.execute(url, first));
    const assets = await throughput(clients, rounds, roundMs, (each) => each.asset(url, first));
    return {
      'runner: execute, warm, by its own clock': summarise(inside),
      'runner: execute, warm, as a client on the same cores sees it': summarise(warm),
      'runner: execute, first request of a new hash': summarise(cold),
      'runner: memory per cached component (MiB)': summarise([grown / others.length]),
      [`runner: executions per second, ${CLIENTS} clients`]: summarise(executed),
      [`runner: UI files (100 kB) per second, ${CLIENTS} clients`]: summarise(assets),
    };
  } finally {
    for (const each of clients) each.close();
    await runner.stop();
  }
}

/** What the runner's log has of the last calls; it may come after the answers. */
async function lastExecuted({ executed }, all, calls) {
  while (executed.length < all) await pause(5);
  return executed.slice(-calls);
}

async function residentMiB(client, url) {
  return (await client.metric(url, 'process_resident_memory_bytes')) / 2 ** 20;
}

/** Answers per second of all clients together, one value for each round. */
async function throughput(clients, rounds, roundMs, ask) {
  const rates = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    let answered = 0;
    await Promise.all(
      clients.map(async (client) => {
        while (performance.now() - began < roundMs) {
          await ask(client);
          answered += 1;
        }
      }),
    );
    rates.push((answered * 1000) / (performance.now() - began));
  }
  return rates;
}

/** The session's runner is replaced twice while clients keep calling its public address. */
async function measureRestarts(store, hash, roundMs) {
  const { startRunner } = await import('../../dist/src/stack/index.js');
  const runner = await startRunner({
    registryBaseUrl: store.endpoint,
    storageApiBaseUrl: store.endpoint,
    authKey: 'bench',
    serviceToken: 'bench',
    store: {
      endpoint: store.endpoint,
      bucket: 'alga-ext',
      accessKey: 'a',
      secretKey: 's',
      region: 'us-east-1',
    },
    cacheRoot: store.cache('restart'),
    preferredPort: 0,
    env: { RUST_LOG: 'error' },
  });
  const clients = Array.from({ length: CLIENTS }, () => new Client());
  for (const client of clients) await client.execute(runner.url, hash);
  let over = false;
  let total = 0;
  let failed = 0;
  const load = clients.map(async (client) => {
    while (!over) {
      total += 1;
      await client.execute(runner.url, hash).catch(() => (failed += 1));
    }
  });
  const restarts = [];
  try {
    for (let n = 0; n < 2; n++) {
      await new Promise((resolve) => setTimeout(resolve, roundMs));
      restarts.push(await timed(() => runner.restart()));
    }
    await new Promise((resolve) => setTimeout(resolve, roundMs));
  } finally {
    over = true;
    await Promise.all(load);
    for (const each of clients) each.close();
    await runner.stop();
  }
  return {
    'runner: restart under load': summarise(restarts),
    'runner: failed requests over two restarts': { n: total, count: failed },
  };
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
