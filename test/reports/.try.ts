import { createWriteStream } from 'node:fs';
import { layOutReport } from '/work/main/reports/layout/report.ts';
import { readWords, readCrosswalk } from '/work/main/reports/layout/words.ts';
import { writeReport } from '/work/main/reports/pdf/write-report.ts';
import {
  samplePacket,
  sampleEvaluation,
  sampleControls,
  sampleItem,
  sha,
} from '/work/main/test/reports/sample.ts';
const rows = Number(process.argv[3] ?? 0);
const controls = sampleControls().map((c) =>
  c.id !== 'A.5.18' || rows === 0
    ? c
    : {
        ...c,
        tests: c.tests.map((t, i) =>
          i > 0 ? t : { ...t, exceptions: rows, population: rows * 3, itemsComplete: false },
        ),
      },
);
const packet = samplePacket(sampleEvaluation(controls));
const input = {
  packet,
  words: readWords(),
  exceptionsOf: function* (t: any) {
    for (let i = 0; i < t.exceptions; i++) yield sampleItem(t.id, i);
  },
  keys: [
    { purpose: 'log' as const, fingerprint: packet.log.vkey },
    { purpose: 'attestation' as const, fingerprint: sha('a') },
    { purpose: 'report' as const, fingerprint: sha('r') },
  ],
  files: [
    { path: 'data/packet.json', sha256: sha('1'), bytes: 12345 },
    { path: 'data/events.jsonl', sha256: sha('2'), bytes: 1234567 },
  ],
  crosswalk: readCrosswalk(),
  predicateType: 'https://annexa.example.com/packet/v1',
  signature: 'B-B' as const,
  paper: (process.argv[4] ?? 'A4') as 'A4',
};
const t0 = performance.now();
const r = await writeReport(
  layOutReport(input, Buffer.from(JSON.stringify({ a: 1 }))),
  createWriteStream(process.argv[2]),
);
console.log(
  r,
  Math.round(performance.now() - t0),
  'ms',
  Math.round(process.resourceUsage().maxRSS / 1e3),
  'MB',
);
