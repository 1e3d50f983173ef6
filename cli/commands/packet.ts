import { resolve } from 'node:path';
import type { Period } from '../../domain/time.ts';
import { createProgress, progressBar, type CommandIo } from '../io.ts';
import type { Runtime } from '../runtime.ts';

export interface PacketCommandOptions {
  readonly io: CommandIo;
  readonly period: Period;
  readonly controls: readonly string[];
  readonly complete: boolean;
  readonly out: string;
  readonly size?: number;
}

/** Builds, signs, writes and verifies a packet; nothing is left at `out` when a step fails. */
export async function packet(runtime: Runtime, options: PacketCommandOptions): Promise<number> {
  const { io, period, controls, complete, size } = options;
  const progress = createProgress(io);
  const written = await runtime.writePacket({
    period,
    controls,
    complete,
    out: resolve(io.cwd, options.out),
    ...(size === undefined ? {} : { size }),
    onProgress: (step) => progress.show(progressBar(step.done, step.total, step.name)),
  });
  progress.clear();
  await recordPacket(runtime, written);
  io.out(
    `packet ${written.id}: ${written.files.length} files, ${written.bytes} bytes\nsha256 ${written.sha256}\npacket: ${written.path}\n`,
  );
  return 0;
}

/** Leaves the trace of a packet in the log. */
export async function recordPacket(
  runtime: Runtime,
  written: Awaited<ReturnType<Runtime['writePacket']>>,
): Promise<void> {
  const { packet: value, sha256, id } = written;
  await runtime.appender.append([
    {
      source: 'annexa',
      id: `packet.built:${sha256}`,
      kind: 'packet.built',
      time: runtime.clock(),
      subject: `packet/${id}`,
      data: {
        packet: id,
        sha256,
        from: value.period.from,
        to: value.period.to,
        size: value.log.size,
        controls: [...value.controlsRequested],
      },
    },
  ]);
}
