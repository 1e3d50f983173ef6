import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { AnnexaError } from '../domain/errors.ts';
import type { LedgerReader, LogStore, Receipt } from '../domain/ports.ts';
import type { LogAppender } from './append.ts';
import { readBody } from './body.ts';
import { parseBinary, parseBody, parseLines, type ParsedInput } from './cloudevents.ts';
import { INGEST_LIMIT } from './limits.ts';
import { findReceipt } from './receipts.ts';

export interface IngestRouteDeps {
  readonly appender: LogAppender;
  readonly store: Pick<LogStore, 'findByKey' | 'leaves'>;
  readonly reader: Pick<LedgerReader, 'origin' | 'checkpoint' | 'inclusionProof'>;
  /**
   * Runs before the body is read: who sends, by a name that may stand in clear text. Throws UNAUTHENTICATED or
   * FORBIDDEN. The name becomes the source of inputs that name none.
   */
  readonly authorise: (request: FastifyRequest) => Promise<string>;
  /** Bytes of a body, as sent and after inflating; default {@link INGEST_LIMIT}. */
  readonly bodyBytes?: number;
}

/**
 * `POST /v1/events` (CloudEvents 1.0 over HTTP: structured, batch, binary, and one event a line) and
 * `GET /v1/receipts`. A 200 with the receipt comes after the durable insert. Faults of the whole body are thrown as
 * AnnexaError for the application to answer, and kept as `event.refused`.
 */
export function ingestRoutes(deps: IngestRouteDeps): FastifyPluginAsync {
  return async (app) => {
    const senders = new WeakMap<FastifyRequest, string>();
    const limit = deps.bodyBytes ?? INGEST_LIMIT.bodyBytes;
    acceptAnyBody(app);
    app.addHook('onRequest', async (request, reply) => {
      senders.set(request, await deps.authorise(request));
      reply.header('cache-control', 'no-store');
    });
    app.post('/v1/events', async (request, reply) => {
      const sender = senders.get(request) ?? 'unknown';
      try {
        return await takeEvents(deps, { request, sender, limit });
      } catch (error) {
        if (error instanceof AnnexaError && error.code === 'OVERLOADED') reply.header('retry-after', '1');
        throw error;
      }
    });
    app.get<{ Querystring: Record<string, unknown> }>('/v1/receipts', (request) =>
      findReceipt(deps, request.query),
    );
  };
}

const MEDIA_TYPES = {
  'application/cloudevents+json': 'event',
  'application/cloudevents-batch+json': 'batch',
  'application/x-ndjson': 'lines',
  'application/json': 'binary',
} as const;

type Form = (typeof MEDIA_TYPES)[keyof typeof MEDIA_TYPES];

async function takeEvents(
  deps: IngestRouteDeps,
  { request, sender, limit }: { request: FastifyRequest; sender: string; limit: number },
): Promise<Receipt> {
  const form = formOf(request);
  try {
    const body = await readBody(request.raw, { encoding: request.headers['content-encoding'], limit });
    const parsed = parse(form, { request, body, sender });
    if (parsed === undefined) throw new MalformedBody(body);
    const { events, refusals, lines } = parsed;
    return await deps.appender.append(events, refusals, lines);
  } catch (error) {
    await keepRefusal(deps.appender, sender, error);
    throw error;
  }
}

function formOf(request: FastifyRequest): Form {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  const form = isMediaType(type) ? MEDIA_TYPES[type] : undefined;
  if (form === undefined || (form === 'binary' && request.headers['ce-specversion'] === undefined)) {
    throw new AnnexaError(
      'MEDIA_TYPE_UNSUPPORTED',
      `Content-Type "${type.slice(0, 80)}" carries no CloudEvents`,
      {
        hint: `Send ${Object.keys(MEDIA_TYPES).slice(0, 3).join(', ')}, or JSON with ce- headers.`,
      },
    );
  }
  return form;
}

function parse(
  form: Form,
  { request, body, sender }: { request: FastifyRequest; body: Buffer; sender: string },
): ParsedInput | undefined {
  if (form === 'lines') return parseLines(body, sender);
  if (form === 'binary') return parseBinary(request.headers, body, sender);
  return parseBody(body, sender, form === 'batch');
}

/** A body of which nothing could be read leaves a trace too. */
async function keepRefusal(appender: LogAppender, source: string, error: unknown): Promise<void> {
  if (error instanceof MalformedBody) {
    const raw = error.body.subarray(0, INGEST_LIMIT.rawLength).toString('utf8');
    await appender.append([], [{ source, code: 'EVENT_INVALID', reason: error.message, line: 0, raw }]);
  } else if (error instanceof AnnexaError && error.code === 'BODY_TOO_LARGE') {
    await appender.append([], [{ source, code: 'EVENT_TOO_LARGE', reason: error.message, line: 0 }]);
  } else if (error instanceof AnnexaError && error.code === 'BODY_INVALID') {
    await appender.append([], [{ source, code: 'EVENT_INVALID', reason: error.message, line: 0 }]);
  }
}

class MalformedBody extends AnnexaError {
  readonly body: Buffer;

  constructor(body: Buffer) {
    super('BODY_INVALID', 'the body is not JSON in UTF-8 of the form that Content-Type names', {
      hint: 'Nothing of it was stored but this refusal.',
    });
    this.body = body;
  }
}

/** The routes read the stream themselves: with a limit on what comes out of the decompression. */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(null, undefined);
  });
}

function isMediaType(type: string): type is keyof typeof MEDIA_TYPES {
  return Object.hasOwn(MEDIA_TYPES, type);
}
