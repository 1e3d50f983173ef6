import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnnexaError } from '../domain/errors.ts';
import type {
  PacketDesk,
  PacketFile,
  PacketRecord,
  PacketRequest,
  PacketStep,
  Verification,
} from '../domain/ports.ts';
import type { Clock } from '../domain/time.ts';

/** What is known of a packet once it is written. */
export type BuiltPacket = Pick<PacketRecord, 'log' | 'outcomes' | 'files' | 'zip' | 'supersedes'>;

export interface PacketDeskDeps {
  /** Where finished packets live: <directory>/<id>/packet.zip, report.pdf, record.json. */
  readonly directory: string;
  readonly clock: Clock;
  /** Names of the steps in order, as `write` reports them. */
  readonly stepNames: readonly string[];
  /** Writes packet.zip and report.pdf into `into`. */
  readonly write: (
    request: PacketRequest,
    options: { into: string; onStep: (name: string, detail: string) => void },
  ) => Promise<BuiltPacket>;
  readonly verify: (zip: string) => Promise<Verification>;
  readonly newId: () => string;
}

const MAX_QUEUED = 8;
const MAX_LISTED = 100;

/** Builds packets one after another, keeps their records beside them and tells watchers of every step. */
export function createPacketDesk(deps: PacketDeskDeps): PacketDesk & { readonly idle: () => Promise<void> } {
  mkdirSync(deps.directory, { recursive: true, mode: 0o700 });
  clearUnfinished(deps.directory);
  const records = new Map(readRecords(deps.directory).map((record) => [record.id, record]));
  const watchers = new Set<() => void>();
  let queued = 0;
  let tail: Promise<void> = Promise.resolve();

  const put = (record: PacketRecord): void => {
    records.set(record.id, record);
    for (const wake of watchers) wake();
  };

  const build = async (id: string): Promise<void> => {
    const record = records.get(id);
    if (record === undefined) return;
    const steps = createSteps(deps.stepNames, deps.clock, (next) =>
      put({ ...(records.get(id) ?? record), steps: next }),
    );
    const working = join(deps.directory, `.${id}`);
    mkdirSync(working, { recursive: true, mode: 0o700 });
    try {
      const built = await deps.write(record.request, { into: working, onStep: steps.begin });
      steps.finish();
      const done: PacketRecord = {
        ...(records.get(id) ?? record),
        ...built,
        stage: 'built',
        builtAt: deps.clock(),
      };
      writeFileSync(join(working, 'record.json'), JSON.stringify(done), { mode: 0o600 });
      renameSync(working, join(deps.directory, id));
      put(done);
    } catch (error) {
      steps.fail();
      put({ ...(records.get(id) ?? record), stage: 'failed', problem: problemOf(error) });
    } finally {
      queued -= 1;
    }
  };

  return {
    idle: () => tail,
    list: ({ limit, before }) => {
      const all = [...records.values()].sort(
        (a, b) => b.askedAt.localeCompare(a.askedAt) || b.id.localeCompare(a.id),
      );
      const start = before === undefined ? 0 : all.findIndex((record) => record.id === before) + 1;
      return Promise.resolve({
        packets: all.slice(start, start + Math.min(limit, MAX_LISTED)),
        total: all.length,
      });
    },
    start: (request) => {
      if (queued >= MAX_QUEUED) {
        return Promise.reject(
          new AnnexaError('OVERLOADED', 'too many packets are waiting', {
            hint: 'Try again when one is built.',
          }),
        );
      }
      const id = deps.newId();
      put(createRecord(id, request, deps));
      queued += 1;
      tail = tail.then(() => build(id));
      return Promise.resolve(id);
    },
    state: (id) => Promise.resolve(records.get(id)),
    watch: (id, signal) => watchRecord(id, { signal, records, watchers }),
    file: (id, name: PacketFile) => {
      const path = join(deps.directory, id, name);
      return Promise.resolve(records.get(id)?.stage === 'built' && existsSync(path) ? path : undefined);
    },
    verify: (id) => {
      if (records.get(id)?.stage !== 'built')
        return Promise.reject(new AnnexaError('NOT_FOUND', `packet ${id} is not built`));
      return deps.verify(join(deps.directory, id, 'packet.zip'));
    },
  };
}

function createRecord(id: string, request: PacketRequest, deps: PacketDeskDeps): PacketRecord {
  return {
    id,
    request,
    stage: 'building',
    askedAt: deps.clock(),
    builtAt: null,
    steps: deps.stepNames.map((name) => ({ name, detail: '', state: 'later', durationMs: null })),
    problem: null,
    log: null,
    outcomes: null,
    files: [],
    zip: null,
    supersedes: null,
  };
}

function createSteps(
  names: readonly string[],
  clock: Clock,
  changed: (steps: readonly PacketStep[]) => void,
): { begin: (name: string, detail: string) => void; finish: () => void; fail: () => void } {
  let steps: PacketStep[] = names.map((name) => ({ name, detail: '', state: 'later', durationMs: null }));
  let current = '';
  let since = Date.parse(clock());
  const close = (state: 'done' | 'failed'): void => {
    const durationMs = Date.parse(clock()) - since;
    steps = steps.map((step) => (step.name === current ? { ...step, state, durationMs } : step));
  };
  return {
    begin: (name, detail) => {
      if (name !== current) {
        close('done');
        current = name;
        since = Date.parse(clock());
      }
      steps = steps.map((step) => (step.name === name ? { ...step, state: 'now', detail } : step));
      changed(steps);
    },
    finish: () => {
      close('done');
      changed(steps);
    },
    fail: () => {
      close('failed');
      changed(steps);
    },
  };
}

async function* watchRecord(
  id: string,
  options: { signal: AbortSignal; records: ReadonlyMap<string, PacketRecord>; watchers: Set<() => void> },
): AsyncGenerator<PacketRecord> {
  const { signal, records, watchers } = options;
  let wake: () => void = () => undefined;
  let shown: PacketRecord | undefined;
  const notify = (): void => wake();
  watchers.add(notify);
  signal.addEventListener('abort', notify);
  try {
    while (!signal.aborted) {
      const record = records.get(id);
      if (record === undefined) return;
      if (record !== shown) {
        shown = record;
        yield record;
        if (record.stage !== 'building') return;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    watchers.delete(notify);
    signal.removeEventListener('abort', notify);
  }
}

/** Work that a stopped process left behind; it starts with a dot. */
function clearUnfinished(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('.')) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

function readRecords(directory: string): PacketRecord[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() &&
        !entry.name.startsWith('.') &&
        existsSync(join(directory, entry.name, 'record.json')),
    )
    .map(
      (entry) => JSON.parse(readFileSync(join(directory, entry.name, 'record.json'), 'utf8')) as PacketRecord,
    );
}

function problemOf(error: unknown): NonNullable<PacketRecord['problem']> {
  return error instanceof AnnexaError
    ? { code: error.code, message: error.message, hint: error.hint ?? '' }
    : {
        code: 'INTERNAL',
        message: error instanceof Error ? error.message : String(error),
        hint: 'See the log of the server.',
      };
}
