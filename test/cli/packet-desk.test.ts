import { mkdirSync, mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPacketDesk, type PacketDeskDeps } from '../../cli/packet-desk.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { PacketRequest } from '../../domain/ports.ts';
import { addMillis, toInstant } from '../../domain/time.ts';

const start = toInstant('2026-11-21T10:00:00Z', 'test');
const request: PacketRequest = {
  period: { from: toInstant('2026-10-01T00:00:00Z', 'test'), to: toInstant('2026-11-01T00:00:00Z', 'test') },
  controls: [],
  reader: { person: 'full', content: 'full' },
  complete: false,
  recordings: false,
  by: 'Ines',
};
let directory = '';
let count = 0;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'annexa-desk-'));
  count = 0;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function createDesk(write: PacketDeskDeps['write']) {
  let ticks = 0;
  return createPacketDesk({
    directory,
    clock: () => addMillis(start, (ticks += 1)),
    stepNames: ['scope', 'report'],
    write,
    verify: () =>
      Promise.resolve({ at: start, durationMs: 1, checks: [{ name: 'bag', valid: true, detail: '' }] }),
    newId: () => `p${(count += 1)}`,
  });
}

const writeGood: PacketDeskDeps['write'] = (_request, { into, onStep }) => {
  onStep('scope', '');
  onStep('report', '1 of 2');
  writeFileSync(join(into, 'packet.zip'), 'zip');
  return Promise.resolve({
    log: null,
    outcomes: null,
    files: [],
    zip: { sha256: 'ab', bytes: 3 },
    supersedes: null,
  });
};

describe('the packet desk', () => {
  it('offers nothing of a build that failed, and says why', async () => {
    const desk = createDesk((_request, { onStep }) => {
      onStep('report', '');
      return Promise.reject(new AnnexaError('LOG_INCONSISTENT', 'the log differs', { hint: 'Verify it.' }));
    });
    const id = await desk.start(request);
    await desk.idle();
    expect(await desk.state(id)).toMatchObject({
      stage: 'failed',
      problem: { code: 'LOG_INCONSISTENT', hint: 'Verify it.' },
    });
    expect((await desk.state(id))?.steps.find((step) => step.state === 'failed')?.name).toBe('report');
    expect(await desk.file(id, 'packet.zip')).toBeUndefined();
    await expect(desk.verify(id)).rejects.toThrow('not built');
  });

  it('refuses more work than it can queue', async () => {
    const desk = createDesk(() => new Promise(() => undefined));
    for (let n = 0; n < 8; n += 1) await desk.start(request);
    await expect(desk.start(request)).rejects.toMatchObject({ code: 'OVERLOADED' });
  });

  it('tells a watcher every step until the packet is built', async () => {
    const desk = createDesk(writeGood);
    const id = await desk.start(request);
    const stages: string[] = [];
    for await (const record of desk.watch(id, new AbortController().signal)) stages.push(record.stage);
    expect(stages.at(-1)).toBe('built');
    expect(await desk.file(id, 'packet.zip')).toBe(join(directory, id, 'packet.zip'));
    expect(await desk.file(id, 'report.pdf')).toBeUndefined();
    expect((await desk.verify(id)).checks).toHaveLength(1);
  });

  it('lists the newest first, page by page, also after a restart, and clears unfinished work', async () => {
    const desk = createDesk(writeGood);
    for (let n = 0; n < 3; n += 1) await desk.start(request);
    await desk.idle();
    mkdirSync(join(directory, '.half'));
    const again = createDesk(writeGood);
    expect(existsSync(join(directory, '.half'))).toBe(false);
    const first = await again.list({ limit: 2 });
    expect(first.total).toBe(3);
    expect(first.packets.map((packet) => packet.id)).toEqual(['p3', 'p2']);
    const second = await again.list({ limit: 2, before: 'p2' });
    expect(second.packets.map((packet) => packet.id)).toEqual(['p1']);
  });
});
