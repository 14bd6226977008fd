import type { Metrics } from '../metrics/metrics.js';
import type { Exchange, Route } from './exchange.js';
import { send } from './respond.js';

/** `GET /metrics`: everything countable, in Prometheus text. */
export function createMetricsRoute(metrics: Metrics): Route {
  return {
    name: 'metrics',
    methods: ['GET', 'HEAD'],
    matches: (path) => path === '/metrics',
    handle: async ({ response }: Exchange) => {
      const { contentType, body } = await metrics.render();
      send(response, 200, { 'content-type': contentType }, body);
    },
  };
}
