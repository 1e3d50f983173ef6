import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import type { Draft } from '../../domain/entry.ts';
import type { Event } from '../../domain/event.ts';
import { fieldsOf } from '../../domain/kinds/index.ts';
import { addMillis, toInstant } from '../../domain/time.ts';
import { createPrepare } from '../../ingest/prepare.ts';
import { createRepeatFilter } from '../../ingest/repeat-filter.ts';
import { checkEvent, isRefusal, schemaOf } from '../../ingest/validate.ts';
import { disclosureDigest } from '../../ledger/disclosure.ts';
import { sequence } from '../../ledger/sequence.ts';
import { commandEvent, createTestSalts, keyring, start } from './parts.ts';

const prepare = createPrepare({ keyring, salt: createTestSalts() });
const draftOf = (event: Event): Draft => {
  const draft = prepare(event);
  if (isRefusal(draft)) throw new Error(draft.reason);
  return draft;
};
const latest = addMillis(start, 86_400_000);

const anyText = fc.string({ unit: 'grapheme', maxLength: 30 });
const anyJson = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const anyEvent = fc
  .record({
    session: fc.option(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { nil: undefined }),
    seq: fc.nat(),
    person: fc.option(fc.record({ email: fc.emailAddress() }), { nil: undefined }),
    statement: fc.option(anyText, { nil: undefined }),
    others: fc.dictionary(
      anyText.filter((name) => !(name in fieldsOf('command.executed'))),
      anyJson,
      { maxKeys: 4 },
    ),
  })
  .map(({ others, ...data }) => commandEvent(1, { data: { ...others, ...data } }));

describe('an entry', () => {
  it('is canonical JSON, and its digests are those of what lies beside it', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const prepared = prepare(event);
        if (isRefusal(prepared)) return;
        const [row] = sequence({ log: 0, size: 0, received: null }, [prepared], start);
        const entry = JSON.parse(row?.entry ?? '') as { _sd: string[]; data: Record<string, Json> };
        expect(toCanonicalJson(entry)).toBe(row?.entry);
        for (const value of Object.values(row?.values ?? {})) {
          expect(toCanonicalJson(JSON.parse(value) as Json)).toBe(value);
        }
        const digests = Object.entries(prepared.values).map(([name, value]) =>
          disclosureDigest({ name, value, salt: prepared.salts[name] ?? '' }),
        );
        expect(entry._sd).toEqual(digests.sort());
        expect(
          Object.values(prepared.salts).every((salt) => Buffer.from(salt, 'base64url').length === 16),
        ).toBe(true);
      }),
      { seed: 11 },
    );
  });

  it('has a mark that is the HMAC of the canonical input, whatever the salts', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const prepared = prepare(event);
        if (isRefusal(prepared)) return;
        const { source, id, subject, time, data } = event;
        const input = toCanonicalJson({ data: { ...data }, id, source, subject, time, type: event.kind });
        const expected = createHmac('sha256', new Uint8Array(32).fill(7)).update(input).digest('hex');
        expect(prepared.mac).toBe(expected);
        expect(draftOf(event).mac).toBe(prepared.mac);
        const names = Object.keys(prepared.salts);
        expect(draftOf(event).salts).not.toEqual(names.length === 0 ? undefined : prepared.salts);
      }),
      { seed: 12 },
    );
  });

  it('names the roles of several people apart', () => {
    const draft = draftOf(
      commandEvent(1, {
        kind: 'approval.decided',
        data: {
          approval: 'a1',
          decision: 'granted',
          approver: { email: 'Eve@Example.com' },
          requester: { id: 'dan' },
          reason: 'because',
        },
      }),
    );
    expect(Object.keys(draft.values).sort()).toEqual(['content', 'person.approver', 'person.requester']);
    const data = (JSON.parse(`${draft.head}${start}${draft.tail}`) as { data: Record<string, string> }).data;
    expect(Object.keys(data)).toEqual(['approval', 'approverWho', 'decision', 'requesterWho']);
    expect(data['approverWho']).toBe(keyring.who({ email: 'eve@example.com' }, start));
  });

  it('refuses an artefact that is not what its digest says', () => {
    const event = commandEvent(1, {
      artefacts: [{ sha256: 'ab'.repeat(32), mediaType: 'text/plain', bytes: new Uint8Array(3) }],
    });
    expect(prepare(event)).toMatchObject({ code: 'EVENT_INVALID' });
  });
});

describe('sequencing', () => {
  it('is a function of the log so far, the drafts and the instant', () => {
    const drafts = [draftOf(commandEvent(1)), draftOf(commandEvent(2))];
    const state = { log: 2, size: 40, received: toInstant('2026-06-15T09:00:00Z', 'test') };
    const rows = sequence(state, drafts, start);
    expect(sequence(state, drafts, start)).toEqual(rows);
    expect(rows.map(({ log, index, received }) => [log, index, received])).toEqual([
      [2, 40, state.received],
      [2, 41, state.received],
    ]);
  });
});

describe('the check of an event', () => {
  it('brings times to six digits and Z, and keeps what that loses', () => {
    const data = { session: 's', resource: 'r', startedBefore: '2026-06-15T10:00:00.1234567+02:00' };
    const checked = checkEvent(commandEvent(1, { kind: 'session.started', data }), latest);
    expect(checked).toMatchObject({
      data: { startedBefore: '2026-06-15T08:00:00.123456Z', extra: { startedBefore: data.startedBefore } },
    });
  });

  it('names the field and never its value', () => {
    const data = { seq: 1, person: { email: 12_345 } as never, statement: 'secret' };
    const refusal = checkEvent(commandEvent(1, { data }), latest);
    expect(refusal).toMatchObject({
      code: 'EVENT_INVALID',
      reason: expect.stringContaining('data.person.email'),
    });
    expect(JSON.stringify(refusal)).not.toMatch(/12345|secret/);
  });

  it('has a schema for every kind that can be published', () => {
    expect(JSON.parse(JSON.stringify(schemaOf('command.executed')))).toMatchObject({
      type: 'object',
      required: ['seq'],
      properties: { seq: { type: 'integer', minimum: 0 } },
    });
  });
});

describe('the filter for repeats', () => {
  it('never forgets a key, through every enlargement, and seldom takes one for another', () => {
    const filter = createRepeatFilter();
    const count = 700_000;
    const keyOf = (number: number): bigint =>
      BigInt.asUintN(64, BigInt(number) * 0x9e37_79b9_7f4a_7c15n + 1n);
    const half = BigUint64Array.from({ length: count / 2 }, (_, i) => keyOf(i));
    filter.addAll(half);
    for (let i = count / 2; i < count; i++) filter.checkAndAdd(keyOf(i));
    let forgotten = 0;
    for (let i = 0; i < count; i++) if (!filter.checkAndAdd(keyOf(i))) forgotten += 1;
    expect(forgotten).toBe(0);
    let mistaken = 0;
    for (let i = count; i < count + 50_000; i++) if (filter.checkAndAdd(keyOf(i))) mistaken += 1;
    expect(mistaken).toBeLessThan(500);
  });
});
