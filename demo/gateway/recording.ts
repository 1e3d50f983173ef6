import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnnexaError } from '../../domain/errors.ts';
import { toInstant, type Instant } from '../../domain/time.ts';
import type { Answer } from './answer.ts';

/** A session as the gateway lists it, or by id with its stream and input. */
export interface RecordedRow {
  readonly id: string;
  readonly start_date: string;
  readonly [name: string]: unknown;
}

/** Everything the gateway showed at one moment of the recorded run. */
export interface Step {
  readonly step: number;
  readonly startedAt: Instant;
  readonly inspectBytes: number;
  /** Answers to paths that take no parameters, and the only pages of those that do. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** Rows as listed, newest first, and when the list was read. */
  readonly listed: { readonly rows: readonly RecordedRow[]; readonly at: Instant };
  readonly byId: ReadonlyMap<string, { readonly row: RecordedRow; readonly at: Instant }>;
  readonly audit: { readonly rows: readonly RecordedAudit[]; readonly at: Instant };
}

export interface RecordedAudit {
  readonly id: string;
  readonly created_at: string;
  readonly [name: string]: unknown;
}

interface StepLine {
  readonly step: number;
  readonly startedAt: string;
  readonly inspectBytes: number;
  readonly answers: Readonly<Record<string, { readonly at: string; readonly body: string }>>;
}

/** Reads `steps.jsonl` and `bodies.jsonl`. Throws FILE_UNREADABLE. */
export function readRecording(directory: string): readonly Step[] {
  const bodies = new Map(
    readLines<{ name: string; body: unknown }>(join(directory, 'bodies.jsonl')).map((line) => [
      line.name,
      line.body,
    ]),
  );
  return readLines<StepLine>(join(directory, 'steps.jsonl')).map((line) => toStep(line, bodies));
}

function toStep(line: StepLine, bodies: ReadonlyMap<string, unknown>): Step {
  const answers = new Map<string, Answer>();
  const byId = new Map<string, { row: RecordedRow; at: Instant }>();
  const startedAt = toInstant(line.startedAt, 'steps.jsonl');
  let listed: Step['listed'] = { rows: [], at: startedAt };
  let audit: Step['audit'] = { rows: [], at: startedAt };
  for (const [path, { at: text, body: name }] of Object.entries(line.answers)) {
    const at = toInstant(text, path);
    const body = bodies.get(name);
    const bare = path.split('?')[0] ?? path;
    if (bare === '/api/sessions') listed = { rows: (body as { data: RecordedRow[] }).data, at };
    else if (bare.startsWith('/api/sessions/'))
      byId.set(bare.slice('/api/sessions/'.length), { row: body as RecordedRow, at });
    else if (bare === '/api/audit/logs') audit = { rows: (body as { data: RecordedAudit[] }).data, at };
    else answers.set(bare, { status: 200, body, at });
  }
  return { step: line.step, startedAt, inspectBytes: line.inspectBytes, answers, listed, byId, audit };
}

function readLines<T>(path: string): T[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  } catch (cause) {
    throw new AnnexaError('FILE_UNREADABLE', 'the recording cannot be read', { where: path, cause });
  }
}
