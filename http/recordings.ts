import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readSession } from '../dashboards/pages/session-read.ts';
import type { Ask } from '../dashboards/queries.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Artefact } from '../domain/event.ts';
import type { Access } from './access.ts';
import type { Reading } from './reading.ts';

export interface RecordingRoutesOptions {
  readonly ask: Ask;
  readonly access: Access;
  readonly artefact: (sha256: string) => Promise<Artefact | undefined>;
  readonly record: (reading: Reading) => Promise<void>;
}

/** Recordings as files. That one was fetched is an entry of the log before the first byte is sent. */
export function addRecordings(app: FastifyInstance, options: RecordingRoutesOptions): void {
  const send = async (
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const { detail } = await readSession(options.ask, request.params.id);
    const artefact =
      detail.recordingSha256 === '' ? undefined : await options.artefact(detail.recordingSha256);
    if (artefact === undefined) {
      throw new AnnexaError('NOT_FOUND', 'there is no recording of this session', {
        where: `session/${detail.session}`,
        hint: 'It was not recorded, not handed over, or it is past its retention.',
      });
    }
    const by = options.access.callerOf(request).principal.name;
    await options.record({ kind: 'recording.viewed', session: detail.session, sha256: artefact.sha256, by });
    return reply
      .header(
        'content-disposition',
        `attachment; filename="${detail.session.replaceAll(/[^\w.-]/g, '_')}.cast"`,
      )
      .type('application/x-asciicast')
      .send(Buffer.from(artefact.bytes));
  };
  app.get<{ Params: { id: string } }>('/sessions/:id/recording', send);
  app.get<{ Params: { id: string } }>('/v1/sessions/:id/recording', send);
}
