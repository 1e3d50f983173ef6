import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Outcome } from '../domain/evaluation.ts';
import type { PacketDesk } from '../domain/ports.ts';
import { toMillis } from '../domain/time.ts';
import { packetSteps } from '../reports/steps.ts';
import type { WrittenPacket } from '../reports/write-packet.ts';
import { verifyPacket } from '../verify/verify.ts';
import { recordPacket } from './commands/packet.ts';
import { createPacketDesk, type BuiltPacket } from './packet-desk.ts';
import type { Runtime } from './runtime.ts';

/** The packet desk of a running server: packets are kept under DATA/packets. */
export function openDesk(runtime: Runtime, directory: string): PacketDesk {
  return createPacketDesk({
    directory,
    clock: runtime.clock,
    stepNames: packetSteps,
    newId: () => randomBytes(8).toString('hex'),
    write: async (request, { into, onStep }) => {
      const packet = await runtime.writePacket({
        period: request.period,
        controls: request.controls,
        reader: request.reader,
        complete: request.complete,
        out: join(into, 'packet.zip'),
        reportOut: join(into, 'report.pdf'),
        onProgress: (step) => onStep(step.name, step.total > 1 ? `${step.done} of ${step.total}` : ''),
      });
      await recordPacket(runtime, packet);
      return toBuilt(packet);
    },
    verify: async (zip) => {
      const at = runtime.clock();
      const { checks } = await verifyPacket(zip, { trust: join(runtime.config.data, 'trust') });
      return { at, durationMs: toMillis(runtime.clock()) - toMillis(at), checks };
    },
  });
}

function toBuilt(written: WrittenPacket): BuiltPacket {
  const { packet } = written;
  const tests = packet.evaluation.controls.flatMap((control) => control.tests);
  return {
    log: { origin: packet.log.origin, size: packet.log.size, root: packet.log.root },
    outcomes: {
      pass: countOf('pass'),
      exceptions: countOf('exceptions'),
      'no-occurrence': countOf('no-occurrence'),
      'not-tested': countOf('not-tested'),
    },
    files: written.files,
    zip: { sha256: written.sha256, bytes: written.bytes },
    supersedes: packet.previous?.id ?? null,
  };

  function countOf(outcome: Outcome): number {
    return tests.filter((test) => test.outcome === outcome).length;
  }
}
