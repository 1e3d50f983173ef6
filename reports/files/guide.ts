import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Packet } from '../../domain/packet.ts';
import { createRenderer } from '../../templates/render.ts';

export interface GuideOptions {
  readonly packet: Packet;
  readonly predicateType: string;
  /** An exception with a proof of its own, as the worked example. */
  readonly example: number | null;
  readonly timestamped: boolean;
}

/** Writes VERIFY.md: how to check each part of the packet with tools that are not annexa's. */
export async function writeGuide(
  bag: string,
  { packet, predicateType, example, timestamped }: GuideOptions,
): Promise<void> {
  const renderer = createRenderer({
    directory: new URL('../../templates/report/', import.meta.url),
    escaping: 'none',
  });
  const text = renderer.render('VERIFY.md', {
    id: packet.id,
    log: packet.log,
    predicateType,
    example,
    hasExample: example !== null,
    timestamped,
    policies: packet.policies.length > 0,
  });
  await writeFile(join(bag, 'VERIFY.md'), text);
}
