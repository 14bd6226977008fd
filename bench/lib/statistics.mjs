/** Median, 95th percentile, extremes and count of measured milliseconds. */
export function summarise(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  const round = (value) => Math.round(value * 10) / 10;
  return {
    n: sorted.length,
    median: round(at(0.5)),
    p95: round(at(0.95)),
    min: round(sorted[0]),
    max: round(sorted.at(-1)),
  };
}

/** Runs `measure` `n` times after `warmups` unmeasured runs and summarises what it gives. */
export async function repeat(n, measure, warmups = 1) {
  for (let i = 0; i < warmups; i++) await measure(-1 - i);
  const values = [];
  for (let i = 0; i < n; i++) values.push(await measure(i));
  return summarise(values);
}
