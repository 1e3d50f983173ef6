import { Type, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { Json } from '../domain/canonical.ts';
import type { Event, EventData, Refusal } from '../domain/event.ts';
import { Time } from '../domain/kinds/fields.ts';
import { fieldsOf, isKind, kinds, type Kind } from '../domain/kinds/index.ts';
import { parseInstant, type Instant } from '../domain/time.ts';
import { EARLIEST_TIME, INGEST_LIMIT } from './limits.ts';
import { isObject } from './values.ts';

/**
 * Checks an event against its kind's schema and the limits of its envelope. Gives the event back with the times in its
 * data in six digits and Z (a finer original moves to `extra`), or says why it is refused. Reasons name fields and
 * never repeat values. Unknown fields are left for `extra`. Well-formed text and depth are checked where the canonical
 * text is written. `latest` is the last instant that `time` may have.
 */
export function checkEvent(event: Event, latest: Instant): Event | Refusal {
  const check = checks.get(event.kind);
  if (check === undefined) return invalid('type is not a known kind');
  const reason =
    nameProblem('source', event.source) ??
    nameProblem('id', event.id) ??
    nameProblem('subject', event.subject);
  if (reason !== undefined) return invalid(reason);
  if (event.time < EARLIEST_TIME) return invalid('time lies before the year 2000');
  if (event.time > latest) return invalid('time lies more than a day ahead');
  const data = normaliseTimes(event.data, check.times);
  if (!check.validator.Check(data)) return invalid(describe(check.validator, data));
  return data === event.data ? event : { ...event, data };
}

export function isRefusal(value: object): value is Refusal {
  return 'reason' in value && 'code' in value;
}

export function invalid(reason: string): Refusal {
  return { code: 'EVENT_INVALID', reason };
}

/** JSON Schema (2020-12) of the data of a kind, as it is checked and published. */
export function schemaOf(kind: Kind): TSchema {
  const properties: Record<string, TSchema> = {};
  for (const [name, field] of Object.entries(fieldsOf(kind))) {
    properties[name] = field.required ? field.schema : Type.Optional(field.schema);
  }
  properties['extra'] ??= Type.Optional(Type.Record(Type.String(), Type.Unknown()));
  return Type.Object(properties);
}

interface Check {
  readonly validator: Validator;
  /** Fields that hold one time. */
  readonly times: readonly string[];
}

const checks: ReadonlyMap<Kind, Check> = new Map(
  Object.keys(kinds)
    .filter(isKind)
    .map((kind) => [kind, toCheck(kind)]),
);

function toCheck(kind: Kind): Check {
  const fields = Object.entries(fieldsOf(kind)).filter(([, field]) => field.schema === Time);
  return { validator: Compile(schemaOf(kind)), times: fields.map(([name]) => name) };
}

function nameProblem(field: string, text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return `${field} is missing or no text`;
  if (text.length > INGEST_LIMIT.nameLength)
    return `${field} is longer than ${INGEST_LIMIT.nameLength} characters`;
  if (CONTROL.test(text)) return `${field} holds a control character`;
  return text.isWellFormed() ? undefined : `${field} is not well-formed Unicode`;
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

function normaliseTimes(data: EventData, names: readonly string[]): EventData {
  let result = data;
  for (const name of names) {
    const text = data[name];
    if (typeof text !== 'string' || (text.length === 27 && text.endsWith('Z') && text.charAt(10) === 'T'))
      continue;
    const instant = parseInstant(text);
    if (instant === undefined) continue;
    result = Object.assign(result === data ? { ...data } : result, { [name]: instant });
    if (isFiner(text)) result = withExtra(result, name, text);
  }
  return result;
}

/** Whether a time has digits that six cannot hold. */
export function isFiner(text: string): boolean {
  return /\.\d{6}\d*[1-9]/.test(text);
}

/** The data with one more member of `extra`; an `extra` that is no object is left for the schema to refuse. */
export function withExtra(data: EventData, name: string, value: Json): EventData {
  const extra = data['extra'] ?? {};
  if (!isObject(extra)) return data;
  return { ...data, extra: { ...extra, [name]: value } };
}

function describe(validator: Validator, data: EventData): string {
  const [first] = validator.Errors(data);
  if (first === undefined) return 'data does not fit the schema of its kind';
  const path = first.instancePath.slice(1, 201).replaceAll('/', '.');
  return `data${path === '' ? '' : `.${path}`} ${first.message}`;
}
