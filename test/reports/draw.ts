import { createHash } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { inflateSync } from 'node:zlib';
import type { TestItem, TestResult } from '../../domain/evaluation.ts';
import type { Packet } from '../../domain/packet.ts';
import { layOutReport } from '../../reports/layout/report.ts';
import type { ReportInput } from '../../reports/layout/view.ts';
import { readCrosswalk, readWords } from '../../reports/layout/words.ts';
import { writeReport } from '../../reports/pdf/write-report.ts';
import { sampleItem, sha } from './sample.ts';

/** Every exception that a test counts, made as it is asked for. */
export function* exceptionsOf(test: TestResult): Generator<TestItem> {
  for (let number = 0; number < test.exceptions; number += 1) yield sampleItem(test.id, number);
}

export function inputOf(packet: Packet, more: Partial<ReportInput> = {}): ReportInput {
  return {
    packet,
    words: readWords(),
    crosswalk: readCrosswalk(),
    exceptionsOf,
    keys: [
      { purpose: 'log', fingerprint: packet.log.vkey },
      { purpose: 'attestation', fingerprint: sha('attestation') },
    ],
    files: [{ path: 'data/packet.json', sha256: sha('packet.json'), bytes: 12_345 }],
    predicateType: 'https://annexa.example.com/packet/v1',
    signature: 'B-B',
    paper: 'A4',
    ...more,
  };
}

export async function draw(input: ReportInput): Promise<{ readonly bytes: Buffer; readonly pages: number }> {
  const chunks: Buffer[] = [];
  const out = new PassThrough();
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { pages } = await writeReport(layOutReport(input, Buffer.from('{"id":"x"}')), out);
  return { bytes: Buffer.concat(chunks), pages };
}

/** A sink that counts, keeps nothing, and takes its time. */
export function createSlowSink(): { readonly out: Writable; readonly written: () => number } {
  let bytes = 0;
  const out = new Writable({
    highWaterMark: 65_536,
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      setImmediate(done);
    },
  });
  return { out, written: () => bytes };
}

/** All operators of all pages of a PDF of ours, in the order of its bytes. */
export function operatorsOf(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const found: string[] = [];
  for (const match of text.matchAll(/\/Filter \/FlateDecode\n>>\nstream\n/g)) {
    const start = match.index + match[0].length;
    const end = text.indexOf('\nendstream', start);
    try {
      const content = inflateSync(bytes.subarray(start, end)).toString('latin1');
      if (content.includes('BDC')) found.push(content);
    } catch {
      // A font or an attachment with other framing: not a page.
    }
  }
  return found.join('\n');
}

export const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
