import { createHash } from 'node:crypto';
import type {
  ControlResult,
  Evaluation,
  Grade,
  Outcome,
  TestItem,
  TestResult,
} from '../../domain/evaluation.ts';
import type { Packet } from '../../domain/packet.ts';
import { addMillis, toInstant, type Instant } from '../../domain/time.ts';

const at = (text: string): Instant => toInstant(text, 'sample');
export const period = { from: at('2026-07-01T00:00:00Z'), to: at('2026-10-01T00:00:00Z') };
export const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

const themes = [
  ['organizational', 'A.5', 37],
  ['people', 'A.6', 8],
  ['physical', 'A.7', 14],
  ['technological', 'A.8', 34],
] as const;

const people = [
  'dan.dev@lab.example',
  'sofia.sre@lab.example',
  'Łukasz Żółć',
  'Ζωή Παπαδοπούλου',
  '田中 太郎',
  '',
];

export function sampleItem(test: string, number: number): TestItem {
  const hash = sha(`${test}/${number}`);
  return {
    subject: `session/${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
    time: addMillis(period.from, number * 3_600_123),
    log: 0,
    index: 1_000 + number * 7,
    who: hash.slice(0, 26),
    person: people[number % people.length] ?? '',
    resource: ['pg-orders-prod', 'bash-edge', 'mysql-crm'][number % 3] ?? '',
    code: number % 4 === 0 ? 'approval-wrong-scope' : 'approval-late',
    detail: 'granted 4 min 12 s after the session started',
    accepted:
      number % 5 === 1
        ? { by: 'alice.admin@lab.example', until: at('2026-12-31T00:00:00Z'), index: 9 }
        : null,
  };
}

export interface TestSketch {
  readonly outcome: Outcome;
  readonly exceptions?: number;
  readonly listed?: number;
}

export function sampleTest(
  id: string,
  { outcome, exceptions = 0, listed = exceptions }: TestSketch,
): TestResult {
  const items = Array.from({ length: listed }, (_, number) => sampleItem(id, number));
  const missing = outcome === 'not-tested' ? ['people register'] : [];
  return {
    id,
    question:
      'Was every session on a target that demands approval approved before it started, and still approved?',
    outcome,
    ...(outcome === 'not-tested' ? { reason: 'missing: people register' } : {}),
    population: outcome === 'pass' ? 1_284 : exceptions * 3,
    excluded: outcome === 'exceptions' ? 2 : 0,
    excludedBy: outcome === 'exceptions' ? { blind: 2 } : {},
    exceptions,
    accepted: items.filter((item) => item.accepted !== null).length,
    open: outcome === 'exceptions' ? 1 : 0,
    items,
    itemsComplete: listed === exceptions,
    needs: ['sessions', 'approvals', 'policy'],
    missing,
    blind: [],
    limits: outcome === 'exceptions' ? ['GRACE', 'LEAVER_MAX'] : [],
    notes: id.endsWith('18-T1') ? ['An approval covers what was asked for, not what was done.'] : [],
    sqlSha256: sha(id),
  };
}

function sketchesOf(id: string): readonly TestSketch[] {
  const number = Number(id.split('.')[2]);
  if (id.startsWith('A.7') || number % 3 === 1) return [];
  if (id === 'A.5.18') {
    return [
      { outcome: 'exceptions', exceptions: 24 },
      { outcome: 'exceptions', exceptions: 3 },
      { outcome: 'pass' },
      { outcome: 'not-tested' },
    ];
  }
  const cycle: readonly TestSketch[] = [
    { outcome: 'pass' },
    { outcome: 'no-occurrence' },
    { outcome: 'exceptions', exceptions: 2 },
    { outcome: 'not-tested' },
  ];
  return Array.from(
    { length: 1 + (number % 3) },
    (_, test) => cycle[(number + test) % 4] ?? { outcome: 'pass' },
  );
}

export function sampleControls(): readonly ControlResult[] {
  return themes.flatMap(([theme, clause, count]) =>
    Array.from({ length: count }, (_, at): ControlResult => {
      const id = `${clause}.${at + 1}`;
      const sketches = sketchesOf(id);
      const grade: Grade = sketches.length > 0 ? 'direct' : 'none';
      return {
        id,
        title: id === 'A.5.18' ? 'Access rights' : `Control ${id} and its title`,
        theme,
        grade,
        iso2013: id === 'A.5.18' ? ['A.9.2.2', 'A.9.2.5', 'A.9.2.6'] : [],
        cannotEvidence:
          'Rights inside the targets; whether the business reason was good; physical access rights.',
        tests: sketches.map((sketch, test) => sampleTest(`${id}-T${test + 1}`, sketch)),
      };
    }),
  );
}

export function sampleEvaluation(controls: readonly ControlResult[] = sampleControls()): Evaluation {
  const blind = (from: string, to: string, source: string, reason: string) => ({
    from: at(from),
    to: at(to),
    source,
    reason,
  });
  const root = createHash('sha256').update('root').digest('base64');
  return {
    period,
    asOf: at('2026-10-02T05:59:58.123456Z'),
    logs: [{ log: 0, origin: 'annexa.example.com/acme/main', size: 4_192_377, root }],
    limits: [
      { name: 'GRACE', text: '5m', value: 300_000, adopted: true },
      { name: 'LEAVER_MAX', text: '15m', value: 900_000, adopted: false },
    ],
    preconditions: [
      {
        id: 'P1',
        question: 'Do indexes and checkpoints of the range have no gap?',
        outcome: 'pass',
        population: 4_177_762,
        exceptions: 0,
        blind: [],
        notes: [],
      },
      {
        id: 'P3',
        question: 'Was no source silent for longer than HEARTBEAT_MAX?',
        outcome: 'exceptions',
        population: 264_960,
        exceptions: 2,
        blind: [
          blind('2026-07-19T02:11:40Z', '2026-07-19T03:02:05Z', 'gateway', 'silent for 50 min 25 s'),
          blind('2026-08-23T22:40:00Z', '2026-08-24T06:15:31Z', 'relay', 'silent for 7 h 35 min'),
        ],
        notes: ['Sources that send neither polls nor heartbeats are not tested here.'],
      },
      {
        id: 'P7',
        question: 'Is each target in scope in the catalogue?',
        outcome: 'not-tested',
        reason: 'missing: asset register',
        population: 0,
        exceptions: 0,
        blind: [],
        notes: [],
      },
    ],
    controls,
  };
}

export function samplePacket(evaluation: Evaluation = sampleEvaluation()): Packet {
  const tests = evaluation.controls.flatMap((control) => control.tests);
  return {
    version: 1,
    id: '7f3a51d00c9e4b12',
    organisation: 'Acme Payments & Söhne GmbH',
    period,
    asOf: evaluation.asOf,
    controlsRequested: [],
    controlsSha256: sha('controls'),
    reader: { person: 'full', content: 'full' },
    log: {
      origin: 'annexa.example.com/acme/main',
      vkey: 'annexa.example.com/acme/main+9c1e4f07+AZs0c2FtcGxlIGtleSBvZiB0aGlydHktdHdvIGJ5dGVz',
      size: 4_192_377,
      root: createHash('sha256').update('root').digest('base64'),
      range: { from: 11_204, to: 4_192_377 },
      anchored: 'none',
    },
    soa: { version: '2026-06-12', excluded: [{ control: 'A.7.11', justification: 'No own utilities' }] },
    access: { identities: 16, resources: 7, sessions: 41_220, commands: 3_700_001, decisions: 1_284 },
    evaluation,
    ipe: tests.map((test) => ({
      test: test.id,
      sqlSha256: test.sqlSha256,
      parameters: { from: period.from, to: period.to, GRACE: '5m' },
      population: {
        file: `data/controls/${test.id.replace(/-T\d+$/, '')}/${test.id}.population.csv`,
        rows: test.population + test.open,
        sha256: sha(`p${test.id}`),
      },
      exceptions: {
        file: `data/controls/${test.id.replace(/-T\d+$/, '')}/${test.id}.exceptions.csv`,
        rows: test.exceptions,
        sha256: sha(`e${test.id}`),
      },
      policySnapshots: [sha('policy1')],
      command: 'annexa evaluate --from 2026-07-01T00:00:00Z --to 2026-10-01T00:00:00Z --control A.5.18',
    })),
    policies: [
      {
        source: 'gateway',
        sha256: sha('policy1'),
        inForceFrom: at('2026-06-01T00:00:00Z'),
        inForceTo: at('2026-07-12T09:30:00Z'),
        index: 4,
        counts: { resources: 7, grants: 12 },
      },
      {
        source: 'gateway',
        sha256: sha('policy2'),
        inForceFrom: at('2026-07-12T09:30:00Z'),
        inForceTo: null,
        index: 90_201,
        counts: { resources: 8, grants: 12 },
      },
    ],
    sources: [
      {
        source: 'gateway',
        kind: 'hoop',
        polls: 132_480,
        seen: 214_903,
        entries: 212_884,
        refused: 5,
        rewrote: 1,
        first: at('2026-01-01T00:00:00Z'),
        last: at('2026-10-02T05:59:00Z'),
        lagP50Ms: 31_000,
        lagP99Ms: 61_000,
        ambiguousLinks: 2,
      },
      {
        source: 'relay',
        kind: 'file',
        polls: 0,
        seen: 0,
        entries: 3_700_001,
        refused: 0,
        rewrote: 0,
        first: at('2026-02-11T09:30:00Z'),
        last: at('2026-10-02T05:59:00Z'),
        lagP50Ms: null,
        lagP99Ms: null,
        ambiguousLinks: 0,
      },
    ],
    lateArrivals: [
      {
        log: 0,
        index: 400_001,
        kind: 'session.ended',
        time: at('2026-06-30T23:59:00Z'),
        received: at('2026-07-01T00:10:00Z'),
      },
    ],
    cited: { total: 812, exceptions: 77, context: 735, complete: false },
    withheld: 41,
    erased: 3,
    previous: {
      id: '51d00c9e4b127f3a',
      size: 2_100_000,
      root: createHash('sha256').update('old').digest('base64'),
    },
    statements: [
      'The denominator is access through the gateway. Access on any other path is neither counted nor excluded.',
    ],
  };
}
