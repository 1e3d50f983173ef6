import type { FastifyInstance } from 'fastify';
import type { LedgerReader, ReadStore } from '../domain/ports.ts';

export interface ProbeOptions {
  readonly store: ReadStore;
  readonly ledger: LedgerReader;
  readonly onFailure: (error: unknown) => void;
}

interface Counter {
  count: number;
  seconds: number;
}

/** `/healthz` (the process answers), `/readyz` (store and log can be read) and `/metrics` (Prometheus text). */
export function addProbes(app: FastifyInstance, options: ProbeOptions): void {
  const requests = new Map<string, Counter>();
  app.addHook('onResponse', async (request, reply) => {
    // Routes are finite; addresses are not.
    const route = request.routeOptions.url ?? 'unmatched';
    const key = `method="${request.method}",route="${route}",status="${reply.statusCode}"`;
    const counter = requests.get(key) ?? { count: 0, seconds: 0 };
    counter.count += 1;
    counter.seconds += reply.elapsedTime / 1000;
    requests.set(key, counter);
  });
  app.get('/healthz', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    try {
      await Promise.all([options.store.select('SELECT 1 AS one'), options.ledger.checkpoint()]);
      return await reply.type('text/plain; charset=utf-8').send('ready\n');
    } catch (error) {
      options.onFailure(error);
      return reply.code(503).type('text/plain; charset=utf-8').send('not ready\n');
    }
  });
  app.get('/metrics', async (_request, reply) => {
    const { size } = await options.ledger.checkpoint();
    const lines = [
      '# HELP annexa_log_entries Entries covered by the current checkpoint.',
      '# TYPE annexa_log_entries gauge',
      `annexa_log_entries ${size}`,
      '# HELP annexa_http_requests_total Answered requests.',
      '# TYPE annexa_http_requests_total counter',
      ...[...requests].map(([labels, counter]) => `annexa_http_requests_total{${labels}} ${counter.count}`),
      '# HELP annexa_http_request_seconds_total Time spent on answered requests.',
      '# TYPE annexa_http_request_seconds_total counter',
      ...[...requests].map(
        ([labels, counter]) => `annexa_http_request_seconds_total{${labels}} ${counter.seconds.toFixed(6)}`,
      ),
    ];
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(`${lines.join('\n')}\n`);
  });
}
