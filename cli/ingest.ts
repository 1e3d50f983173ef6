import type { FastifyPluginAsync } from 'fastify';
import { AnnexaError } from '../domain/errors.ts';
import { ingestRoutes } from '../ingest/routes.ts';
import type { Runtime } from './runtime.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * The HTTP door in. A bearer token of role ingest opens it. Until the first token is created, programs on this machine
 * may send without one; browsers never, since every form that carries events needs a preflight that nobody answers.
 */
export function createIngest(runtime: Runtime): FastifyPluginAsync {
  const { tokens, config } = runtime;
  return ingestRoutes({
    appender: runtime.appender,
    store: runtime.store,
    reader: runtime.ledger,
    bodyBytes: config.bodyBytes,
    authorise: (request) => {
      if (tokens.admits(request.headers.authorization, 'ingest')) return Promise.resolve('http');
      const isLocal =
        LOOPBACK.has(request.ip) && LOOPBACK.has(config.listen.host) && request.headers.origin === undefined;
      if (!tokens.any() && isLocal && request.headers.authorization === undefined)
        return Promise.resolve('local');
      return Promise.reject(
        new AnnexaError('UNAUTHENTICATED', 'sending events takes a token', {
          hint: 'Create one with annexa token create --role ingest, and send it as Authorization: Bearer.',
        }),
      );
    },
  });
}
