import type { ControlResult, Evaluation, Outcome, TestItem, TestResult } from '../../domain/evaluation.ts';
import { toDurationMs } from '../../domain/duration.ts';
import { limitDefinitions, type LimitName } from '../../domain/limits.ts';
import { toInstant, type Instant, type Period } from '../../domain/time.ts';
import { catalogue } from './catalogue.ts';

/** e exceptions, n not tested, o no occurrence, p pass. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  e: 'exceptions',
  n: 'not-tested',
  o: 'no-occurrence',
  p: 'pass',
};

const RESULTS: Readonly<Record<string, string>> = {
  'A.5.3': 'epp', 'A.5.9': 'p', 'A.5.12': 'p', 'A.5.14': 'o', 'A.5.15': 'ppen', 'A.5.16': 'epp', 'A.5.17': 'pppp', 'A.5.18': 'epen',
  'A.5.19': 'pp', 'A.5.20': 'n', 'A.5.22': 'np', 'A.5.23': 'n', 'A.5.25': 'n', 'A.5.26': 'o', 'A.5.28': 'ppp', 'A.5.29': 'o',
  'A.5.33': 'pn', 'A.5.34': 'nn', 'A.5.36': 'pp', 'A.5.37': 'o', 'A.6.5': 'e', 'A.6.7': 'n', 'A.8.2': 'epep', 'A.8.3': 'np',
  'A.8.4': 'o', 'A.8.5': 'nnpp', 'A.8.9': 'pp', 'A.8.10': 'p', 'A.8.11': 'nnn', 'A.8.12': 'no', 'A.8.15': 'ppppnp', 'A.8.16': 'pnp',
  'A.8.17': 'np', 'A.8.18': 'np', 'A.8.19': 'o', 'A.8.20': 'o', 'A.8.21': 'p', 'A.8.22': 'n', 'A.8.24': 'p', 'A.8.31': 'epp',
  'A.8.32': 'eop', 'A.8.33': 'on', 'A.8.34': 'o',
}; // prettier-ignore

const QUESTIONS: Readonly<Record<string, string>> = {
  'A.5.18-T1':
    'Was every session on a target that demands approval approved before it started, and still approved?',
  'A.5.18-T2': 'Did access stop when a time-bound grant ended or was revoked?',
  'A.5.18-T3': 'Were leavers and movers cut off in time?',
  'A.5.18-T4': 'Was each grant reviewed in time, and were removals carried out?',
};

export const at = (text: string): Instant => toInstant(text, 'fixture');

const item = (fields: Partial<TestItem> & { readonly subject: string; readonly code: string }): TestItem => ({
  time: at('2026-10-29T08:31:39.000000Z'),
  log: 0,
  index: 47_012,
  who: 'w-daisy',
  person: 'daisy@acme.example',
  resource: 'bash-prod',
  detail: '',
  accepted: null,
  ...fields,
});

const ITEMS: Readonly<Record<string, readonly TestItem[]>> = {
  'A.5.18-T1': [
    item({ subject: 'session/8867a4af-5b31-4a0e-9f35-6f2b81a0c001', code: 'approval-absent', detail: 'rule skipped reviews for group oncall' }),
    item({
      subject: 'session/21fa5d37-5b31-4a0e-9f35-6f2b81a0c002', code: 'approval-wrong-scope', detail: 'approved for read, session role was write',
      who: 'w-carl', person: 'carl.contractor@supplier.example', resource: 'pg-crm-prod', index: 44_310, time: at('2026-10-22T14:03:21Z'),
    }),
    item({
      subject: 'session/b0e1228d-5b31-4a0e-9f35-6f2b81a0c003', code: 'approval-late', detail: 'granted 4 min 10 s after start', index: 41_877,
      time: at('2026-10-09T03:12:40Z'), accepted: { by: 'ines.roth@acme.example', until: at('2026-11-20T00:00:00Z'), index: 42_001 },
    }),
  ],
  'A.5.18-T3': [
    item({
      subject: 'session/3df3df0e-5b31-4a0e-9f35-6f2b81a0c004', code: 'session-after-leaving', detail: 'statement 0.3 s after the account was disabled',
      who: 'w-carl', person: 'carl.contractor@supplier.example', resource: 'pg-analytics', index: 47_655, time: at('2026-10-30T17:00:12Z'),
    }),
  ],
  'A.8.2-T1': [
    item({
      subject: 'session/e5befba8-4f35-4b26-9f35-6f2b81a0c005', code: 'mfa-missing', detail: 'no second factor claim',
      who: 'w-dan', person: 'dan@acme.example', resource: 'pg-orders-prod', index: 44_102, time: at('2026-10-21T08:31:12Z'),
    }),
  ],
  'A.5.16-T1': [item({ subject: 'identity/w-old', code: 'unmapped-identity', who: 'w-old', person: '', resource: '', index: 40_100 })],
}; // prettier-ignore

const BLIND = {
  from: at('2026-10-14T02:10:04Z'),
  to: at('2026-10-14T02:52:11Z'),
  reason: 'no heartbeat of relay, limit HEARTBEAT_MAX 10 min',
};

function testOf(control: string, number: number, letter: string): TestResult {
  const id = `${control}-T${number}`;
  const outcome = OUTCOMES[letter] ?? 'pass';
  const items =
    ITEMS[id] ??
    (letter === 'e'
      ? [item({ subject: `session/${id.toLowerCase()}`, code: 'found', index: 40_000 + number })]
      : []);
  const missing = letter === 'n' && number > 1 ? ['reviews register'] : [];
  const blind = letter === 'n' && missing.length === 0 ? [BLIND] : [];
  return {
    id,
    question: QUESTIONS[id] ?? `Did everything that ${control} asks of the gateway hold, in part ${number}?`,
    outcome,
    ...(letter === 'n'
      ? { reason: missing.length > 0 ? 'missing: reviews register' : 'blind for 42 min 7 s of the period' }
      : {}),
    population: letter === 'o' ? 0 : 41,
    excluded: letter === 'p' && number === 2 ? 1 : 0,
    excludedBy: letter === 'p' && number === 2 ? { blind: 1 } : {},
    exceptions: items.length,
    accepted: items.filter((row) => row.accepted !== null).length,
    open: 0,
    items,
    itemsComplete: true,
    needs: number > 1 ? ['sessions', 'reviews register'] : ['sessions', 'approvals', 'policy'],
    missing,
    blind,
    limits: number === 1 ? ['GRACE'] : ['REVIEW_INTERVAL'],
    notes: number === 3 ? ['Recorded by the log, not signed by the approver.'] : [],
    sqlSha256: createSha(id),
  };
}

function createSha(id: string): string {
  return id
    .split('')
    .map((letter) => letter.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('')
    .padEnd(64, '0')
    .slice(0, 64);
}

/** An evaluation with the outcomes of a month that went not quite well; `shift` changes some of them, for a history. */
export function evaluationOf(period: Period, shift = 0, size = 48_191): Evaluation {
  const controls = catalogue.map(([id, title, theme, iso2013], position): ControlResult => {
    const letters = [...(RESULTS[id] ?? '')].map((letter, number) =>
      shift > 0 && letter === 'p' && (position + number) % (13 - Math.min(shift, 11)) === 0 ? 'n' : letter,
    );
    return {
      id,
      title,
      theme,
      grade: letters.length > 0 ? 'direct' : 'none',
      iso2013: iso2013 === '' ? [] : iso2013.split(';'),
      cannotEvidence:
        'Rights inside the targets; whether the business reason was good; who owns groups at the identity provider; physical access rights.',
      tests: letters.map((letter, number) => testOf(id, number + 1, letter)),
    };
  });
  const names = Object.keys(limitDefinitions) as LimitName[];
  return {
    period,
    asOf: at('2026-11-02T09:13:58.120000Z'),
    logs: [
      {
        log: 0,
        origin: 'annexa.example.com/acme/main',
        size,
        root: '9f3c41aa0b17cc20d1e5a6679f3c41aa0b17cc20d1e5a6679f3c41aa0b17e27a',
      },
    ],
    limits: names.map((name) => ({
      name,
      text: limitDefinitions[name].default,
      value:
        limitDefinitions[name].unit === 'duration' ? toDurationMs(limitDefinitions[name].default, name) : 0,
      adopted: name === 'GRACE',
    })),
    preconditions: ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'].map((id) => ({
      id,
      question: `Does ${id} hold?`,
      outcome: id === 'P4' ? 'no-occurrence' : id === 'P3' ? 'exceptions' : 'pass',
      ...(id === 'P4' ? { reason: 'no source sent clock samples' } : {}),
      population: 10,
      exceptions: id === 'P3' ? 1 : 0,
      blind: id === 'P3' ? [{ ...BLIND, source: 'relay' }] : [],
      notes: [],
    })),
    controls,
  };
}
