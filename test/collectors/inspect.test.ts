import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectInspect, type CollectInspectOptions } from '../../collectors/inspect/collect.ts';
import { MAX_LINE_BYTES } from '../../collectors/inspect/follow.ts';
import { toRelayPolicy, readRelayConfig } from '../../collectors/inspect/relay-config.ts';
import { toInstant } from '../../domain/time.ts';
import { createMemoryLog, memoryKeyring, type MemoryLog } from './memory.ts';
import { recording } from './replay.ts';

let directory: string;
let file: string;
let log: MemoryLog;
let now: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'annexa-inspect-'));
  file = join(directory, 'inspect.jsonl');
  writeFileSync(file, '');
  log = createMemoryLog();
  now = '2026-01-01T12:00:00Z';
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const poll = (
  source: Partial<CollectInspectOptions['source']> = {},
  options: Partial<CollectInspectOptions> = {},
) =>
  collectInspect({
    source: { name: 'relay', file, ...source },
    appender: log.appender,
    history: log.history,
    keyring: memoryKeyring,
    clock: () => toInstant(now, 'test'),
    ...options,
  });

let tick = 0;
function line(changes: Record<string, unknown> = {}): string {
  tick += 1;
  const timestamp = `2026-01-01T10:00:00.${String(tick).padStart(9, '0')}Z`;
  const record = {
    kind: 'statement',
    timestamp,
    session_id: 's1',
    principal: 'dan_dev',
    protocol: 'postgres',
    connection: 'pg',
    statement: 'SELECT 1',
    allowed: true,
    direction: 'client',
  };
  return `${JSON.stringify({ ...record, ...changes })}\n`;
}
const write = (...lines: string[]): void => appendFileSync(file, lines.join(''));
const statements = (): unknown[] => log.of('command.executed').map(({ data }) => data['statement']);

describe('following the relay’s file', () => {
  it('waits for the end of a half-written line', async () => {
    const whole = line({ statement: 'one' });
    write(whole, line({ statement: 'two' }).slice(0, 40));
    await poll();
    expect(statements()).toEqual(['one']);
    truncateSync(file, whole.length);
    write(line({ statement: 'two' }));
    await poll();
    expect(statements()).toEqual(['one', 'two']);
    expect(log.refusals).toEqual([]);
  });

  it('reads the rest of a rotated file, then the new one', async () => {
    write(line({ statement: 'one' }));
    await poll();
    write(line({ statement: 'two' }));
    renameSync(file, `${file}.1`);
    writeFileSync(file, '');
    write(line({ statement: 'three' }));
    await poll();
    write(line({ statement: 'four' }));
    await poll();
    expect(statements()).toEqual(['one', 'two', 'three', 'four']);
  });

  it('refuses the half line that a rotation left behind', async () => {
    write(line({ statement: 'one' }));
    await poll();
    write('{"kind":"stat');
    renameSync(file, `${file}.1`);
    writeFileSync(file, line({ statement: 'two' }));
    expect(await poll()).toMatchObject({ refused: 1 });
    expect(statements()).toEqual(['one', 'two']);
  });

  it('begins again at the start of a file that was cut in place', async () => {
    write(line({ statement: 'one' }), line({ statement: 'two' }));
    await poll();
    truncateSync(file, 0);
    write(line({ statement: 'three' }));
    await poll();
    expect(statements()).toEqual(['one', 'two', 'three']);
  });

  it('goes on with the new file when the old one is nowhere any more', async () => {
    write(line({ statement: 'one' }));
    await poll();
    // The old inode must stay taken while the new file is made: else the new one may get it.
    renameSync(file, join(directory, 'other'));
    writeFileSync(file, line({ statement: 'two' }));
    await poll();
    expect(statements()).toEqual(['one', 'two']);
  });

  it('loses nothing and doubles nothing when the store fails', async () => {
    write(line({ statement: 'one' }), line({ statement: 'two' }));
    log.failNext(1);
    await expect(poll()).rejects.toThrow('the store is away');
    await poll();
    await poll();
    expect(statements()).toEqual(['one', 'two']);
    expect(log.of('command.executed').map(({ data }) => data['seq'])).toEqual([1, 2]);
  });

  it('writes a completeness record for a poll that finds nothing, and for one without a file an error', async () => {
    expect(await poll()).toMatchObject({ seen: 0, new: 0, refused: 0 });
    expect(log.of('source.polled')[0]?.data).toMatchObject({ seen: 0, reports: ['commands', 'masking'] });
    rmSync(file);
    await expect(poll()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('reads a large file in several batches, each with its cursor', async () => {
    const filler = 'x'.repeat(8_000);
    write(
      ...Array.from({ length: 1_200 }, (_, n) =>
        line({ statement: `${n} ${filler}`, session_id: `s${n % 7}` }),
      ),
    );
    const report = await poll();
    expect(report).toMatchObject({ seen: 1_200, refused: 0 });
    expect(statements()).toHaveLength(1_200);
    expect(log.of('source.polled').length).toBeGreaterThan(2);
    const seqs = log
      .of('command.executed')
      .filter(({ data }) => data['relaySession'] === 's3')
      .map(({ data }) => data['seq']);
    expect(seqs).toEqual(seqs.map((_, n) => n + 1));
  });
});

describe('lines that cannot be taken', () => {
  it('are refused with their offset and cost no other', async () => {
    const lines = [
      line({ statement: 'one' }),
      'not json\n',
      line({ session_id: '' }),
      line({ timestamp: 'soon' }),
      line({ kind: 'novel' }),
      line({ statement: 'two' }),
    ];
    write(...lines);
    expect(await poll()).toMatchObject({ seen: 6, refused: 4 });
    expect(statements()).toEqual(['one', 'two']);
    const first = lines[0]?.length ?? 0;
    expect(log.refusals[0]).toMatchObject({
      source: 'relay',
      code: 'SOURCE_MALFORMED',
      offset: first,
      raw: 'not json',
    });
    expect(log.refusals.map(({ code }) => code)).toEqual([
      'SOURCE_MALFORMED',
      'EVENT_INVALID',
      'EVENT_INVALID',
      'EVENT_INVALID',
    ]);
    expect(log.of('source.polled').at(-1)?.data['refused']).toBe(4);
  });

  it('are refused when they are too long, and the next one is read', async () => {
    write(line({ statement: 'x'.repeat(MAX_LINE_BYTES) }), line({ statement: 'after' }));
    await poll();
    expect(statements()).toEqual(['after']);
    expect(log.refusals[0]?.code).toBe('EVENT_TOO_LARGE');
    expect(log.refusals[0]?.raw?.length).toBeLessThan(10_000);
  });
});

describe('records of the relay', () => {
  it('count what clients sent, with the rows that the server’s tag names', async () => {
    write(
      line({ statement: 'SELECT * FROM t' }),
      line({ direction: 'server', statement: 'SELECT 7' }),
      line({ statement: 'INSERT INTO t VALUES (1)' }),
      line({ direction: 'server', statement: 'INSERT 0 1' }),
      line({ statement: 'UPDATE t SET a = 1' }),
      line({ kind: 'session_end' }),
    );
    await poll();
    expect(log.of('command.executed').map(({ data }) => [data['seq'], data['class'], data['rows']])).toEqual([
      [1, 'read', 7],
      [2, 'write', 1],
      [3, 'write', undefined],
    ]);
  });

  it('lets a young statement wait for its row count, but not for ever', async () => {
    write(line({ statement: 'SELECT 1' }));
    now = '2026-01-01T10:00:10Z';
    await poll();
    expect(statements()).toEqual([]);
    write(line({ direction: 'server', statement: 'SELECT 1' }));
    await poll();
    expect(log.of('command.executed')[0]?.data['rows']).toBe(1);
    write(line({ statement: 'SELECT 2' }));
    now = '2026-01-01T10:00:40Z';
    await poll();
    expect(statements()).toEqual(['SELECT 1', 'SELECT 2']);
  });

  it('never begin a session; anonymous is nobody', async () => {
    write(
      line({ kind: 'session_start', principal: 'anonymous' }),
      line({ principal: 'anonymous' }),
      line({ kind: 'session_end' }),
    );
    await poll();
    expect(log.events.map(({ kind }) => kind)).toEqual(['command.executed', 'source.polled']);
    expect(log.of('command.executed')[0]?.data['person']).toBeUndefined();
  });

  it('tell blocked statements by rule, and masked values as one total', async () => {
    write(
      line({ kind: 'violation', allowed: false, rule: 'no-ddl', message: 'no', statement: 'DROP TABLE t' }),
      line({ kind: 'masked', direction: 'server', masked_entities: ['EMAIL', 'CARD'], masked_count: 20 }),
      line({ kind: 'masked', direction: 'server', masked_entities: ['EMAIL'], masked_count: 5 }),
    );
    await poll({ resources: { pg: 'orders' } });
    expect(log.of('command.blocked')[0]?.data).toMatchObject({
      rule: 'no-ddl',
      direction: 'input',
      action: 'block',
      resource: 'orders',
      statement: 'DROP TABLE t',
      reason: 'no',
    });
    expect(log.of('masking.applied').map(({ data }) => [data['types'], data['total']])).toEqual([
      [[{ type: 'CARD' }, { type: 'EMAIL' }], 20],
      [[{ type: 'EMAIL', masked: 5 }], 5],
    ]);
  });

  it('say when a statement is cut or withheld', async () => {
    write(line({ statement: 'SELECT a...[truncated]' }), line({ statement: 'sha256:0123456789abcdef' }));
    await poll();
    expect(
      log.of('command.executed').map(({ data }) => [data['statement'], data['statementTruncated']]),
    ).toEqual([
      ['SELECT a', true],
      [undefined, true],
    ]);
  });
});

describe('the relay’s own rules', () => {
  const config = join(recording, 'inspect-config.yaml');

  it('become a policy: lanes that only watch warn, masking covers every lane', () => {
    const policy = toRelayPolicy(readRelayConfig(config), { orders: 'orders-db' });
    expect(
      policy.blocking.map(({ rule, resources, action, operations, entities }) => [
        rule,
        resources,
        action,
        operations,
        entities,
      ]),
    ).toEqual([
      ['no-card-in-query', ['orders-db'], 'block', [], ['CREDIT_CARD']],
      ['no-ddl-dml', ['pg-crm-prod'], 'block', ['alter', 'delete', 'drop', 'truncate', 'update'], undefined],
      ['no-destructive-sql', ['orders-db'], 'block', ['delete', 'drop', 'truncate'], undefined],
      ['watch-destructive-sql', ['pg-analytics'], 'warn', ['delete', 'drop', 'truncate'], undefined],
    ]);
    expect(policy.masking.map(({ rule, resources }) => [rule, resources])).toEqual(
      ['cards', 'emails', 'ibans'].map((rule) => [rule, ['orders-db', 'pg-analytics', 'pg-crm-prod']]),
    );
    expect(JSON.stringify(policy)).not.toMatch(/127\.0\.0\.1/);
  });

  it('are stored once, and again when they change', async () => {
    const own = join(directory, 'relay.yaml');
    writeFileSync(own, readFileSync(config));
    await poll({ config: own });
    now = '2026-01-01T12:01:00Z';
    await poll({ config: own });
    expect(log.of('policy.snapshotted')).toHaveLength(1);
    writeFileSync(own, readFileSync(config, 'utf8').replace('enforce: false', 'enforce: true'));
    now = '2026-01-01T12:02:00Z';
    await poll({ config: own });
    const [first, second] = log.of('policy.snapshotted').map(({ data }) => data);
    expect(first?.['observedBetween']).toEqual([null, '2026-01-01T12:00:00.000000Z']);
    expect(second).toMatchObject({
      previous: first?.['sha256'],
      observedBetween: ['2026-01-01T12:01:00.000000Z', '2026-01-01T12:02:00.000000Z'],
    });
  });

  it('make statements of a watching lane observed, not allowed', async () => {
    write(
      line({ connection: 'pg-analytics' }),
      line({ connection: 'pg-crm-prod', session_id: 's2' }),
      line({ connection: 'other', session_id: 's3' }),
    );
    await poll({ config });
    expect(log.of('command.executed').map(({ data }) => data['decision'])).toEqual([
      'observed',
      'allowed',
      'allowed',
    ]);
  });

  it('that cannot be understood stop the poll', async () => {
    const own = join(directory, 'relay.yaml');
    writeFileSync(own, 'listeners: 3');
    await expect(poll({ config: own })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(poll({ config: join(directory, 'none.yaml') })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });
});
