import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { formatDuration } from '../domain/duration.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { PacketDesk, PacketFile, PacketRecord } from '../domain/ports.ts';
import { parsePacketForm } from '../dashboards/pages/packets.ts';
import { capitalised } from '../dashboards/words.ts';
import type { Access } from './access.ts';
import type { Reading } from './reading.ts';

const BODY_BYTES = 65_536;
/** Open streams of progress; more are refused, because each holds a connection. */
const MAX_WATCHERS = 100;

const FILES: Readonly<Record<PacketFile, { readonly type: string; readonly name: (id: string) => string }>> =
  {
    'packet.zip': { type: 'application/zip', name: (id) => `packet-${id}.zip` },
    'report.pdf': { type: 'application/pdf', name: (id) => `report-${id}.pdf` },
  };

export interface PacketRoutesOptions {
  readonly packets: PacketDesk;
  readonly access: Access;
  /** Writes to the log that somebody read a packet; the file is sent only after that. */
  readonly record: (reading: Reading) => Promise<void>;
}

/** Building packets and fetching them. */
export function addPacketRoutes(app: FastifyInstance, options: PacketRoutesOptions): void {
  const { packets, access } = options;
  let watchers = 0;

  app.post('/v1/packets', { bodyLimit: BODY_BYTES }, async (request, reply) => {
    const { request: wanted, problems } = parsePacketForm(
      toForm(request.body),
      access.callerOf(request).principal.name,
    );
    const [problem] = problems;
    if (wanted === undefined) {
      throw new AnnexaError('BODY_INVALID', problem?.message ?? 'the request names no packet', {
        where: problem?.field ?? 'body',
      });
    }
    const id = await packets.start(wanted);
    return reply
      .code(202)
      .header('location', `/v1/packets/${encodeURIComponent(id)}`)
      .send({ id, state: 'building' });
  });

  app.get<{ Params: { id: string } }>('/v1/packets/:id', async (request, reply) => {
    const { id } = request.params;
    const packet = await packets.state(id);
    if (packet === undefined) throw noPacket(id);
    if (!(request.headers.accept ?? '').includes('text/event-stream')) return reply.send(packet);
    if (watchers >= MAX_WATCHERS) {
      throw new AnnexaError('OVERLOADED', 'too many pages are watching packets', {
        hint: 'Ask for the state as JSON instead.',
      });
    }
    watchers += 1;
    const abort = new AbortController();
    reply.raw.once('close', () => {
      watchers -= 1;
      abort.abort();
    });
    return reply
      .header('cache-control', 'no-store')
      .type('text/event-stream; charset=utf-8')
      .send(Readable.from(toServerSentEvents(packets.watch(id, abort.signal))));
  });

  for (const name of ['packet.zip', 'report.pdf'] as const) {
    app.get<{ Params: { id: string } }>(`/v1/packets/:id/${name}`, async (request, reply) => {
      const { id } = request.params;
      const path = await packets.file(id, name);
      if (path === undefined) throw noPacket(id);
      await options.record({ kind: 'packet.read', packet: id, by: access.callerOf(request).principal.name });
      return sendFile(reply, path, { type: FILES[name].type, name: FILES[name].name(id) });
    });
  }
}

/** Events named `packet`; durations are spelled out, so that the page has nothing to compute. */
async function* toServerSentEvents(records: AsyncIterable<PacketRecord>): AsyncGenerator<string> {
  for await (const record of records) {
    const steps = record.steps.map((step) => ({
      ...step,
      name: capitalised(step.name),
      duration: step.durationMs === null ? '' : formatDuration(step.durationMs),
    }));
    yield `event: packet\ndata: ${JSON.stringify({ id: record.id, stage: record.stage, steps })}\n\n`;
  }
}

async function sendFile(
  reply: FastifyReply,
  path: string,
  file: { readonly type: string; readonly name: string },
): Promise<FastifyReply> {
  const { size } = await stat(path);
  return reply
    .header('content-length', size)
    .header('content-disposition', `attachment; filename="${file.name.replaceAll(/[^\w.-]/g, '_')}"`)
    .type(file.type)
    .send(createReadStream(path));
}

/** A JSON body in the form that the page of a new packet sends. */
function toForm(body: unknown): URLSearchParams {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new AnnexaError('BODY_INVALID', 'the body is not a JSON object');
  const fields = new Map<string, unknown>(Object.entries(body));
  const unknown = [...fields.keys()].find(
    (name) => !['from', 'to', 'controls', 'reader', 'complete', 'recordings'].includes(name),
  );
  if (unknown !== undefined)
    throw new AnnexaError('BODY_INVALID', `"${unknown}" is not a field of a packet`, { where: unknown });
  const form = new URLSearchParams();
  for (const name of ['from', 'to']) {
    const value = fields.get(name);
    if (typeof value === 'string') form.set(name, value);
  }
  const controls = fields.get('controls') ?? [];
  if (!Array.isArray(controls) || !controls.every((id) => typeof id === 'string')) {
    throw new AnnexaError('BODY_INVALID', 'controls is not a list of ids', { where: 'controls' });
  }
  if (controls.length > 0) {
    form.set('which', 'some');
    form.set('controls', controls.join(' '));
  }
  const reader = new Map<string, unknown>(Object.entries(fields.get('reader') ?? {}));
  if (reader.get('person') === 'full') form.set('person', 'full');
  if (reader.get('content') === 'full') form.set('content', 'full');
  for (const name of ['complete', 'recordings']) if (fields.get(name) === true) form.set(name, 'yes');
  return form;
}

function noPacket(id: string): AnnexaError {
  return new AnnexaError('NOT_FOUND', 'there is no such packet, or it is not built', {
    where: `packet/${id}`,
  });
}
