import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseInstant, type Instant } from '../../domain/time.ts';
import { parseJson } from '../json-text.ts';

const maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const RelayRecord = Type.Object({
  kind: Type.String(),
  timestamp: Type.String({ minLength: 1 }),
  session_id: Type.String({ minLength: 1, maxLength: 256 }),
  principal: maybe(Type.String()),
  protocol: maybe(Type.String()),
  connection: maybe(Type.String()),
  operation: maybe(Type.String()),
  statement: maybe(Type.String()),
  allowed: maybe(Type.Boolean()),
  rule: maybe(Type.String()),
  message: maybe(Type.String()),
  direction: maybe(Type.String()),
  masked_entities: maybe(Type.Array(Type.String({ minLength: 1 }))),
  masked_count: maybe(Type.Integer({ minimum: 0 })),
  metadata: maybe(Type.Record(Type.String(), Type.Unknown())),
});

/** One line of the relay's audit stream. */
export type RelayRecord = Static<typeof RelayRecord> & { readonly at: Instant };

export type ParsedRecord =
  | { readonly ok: true; readonly record: RelayRecord }
  | { readonly ok: false; readonly code: 'SOURCE_MALFORMED' | 'EVENT_INVALID'; readonly reason: string };

const KINDS = new Set(['session_start', 'session_end', 'statement', 'violation', 'masked', 'error']);
const check = Compile(RelayRecord);

export function parseRecord(text: string): ParsedRecord {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return {
      ok: false,
      code: 'SOURCE_MALFORMED',
      reason: `not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    };
  }
  if (!check.Check(value)) {
    const [error] = check.Errors(value);
    return {
      ok: false,
      code: 'EVENT_INVALID',
      reason: error === undefined ? 'not a record' : `${error.instancePath} ${error.message}`,
    };
  }
  const at = parseInstant(value.timestamp);
  if (at === undefined)
    return { ok: false, code: 'EVENT_INVALID', reason: `"${value.timestamp}" is not a time` };
  if (!KINDS.has(value.kind))
    return { ok: false, code: 'EVENT_INVALID', reason: `records of the kind "${value.kind}" are not known` };
  return { ok: true, record: { ...value, at } };
}
