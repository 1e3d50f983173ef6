import { toCanonicalJson, type Json } from '../domain/canonical.ts';
import type { EventData, Refusal } from '../domain/event.ts';
import { INGEST_LIMIT } from './limits.ts';

/** Why a value cannot stand in the log. Becomes a refusal. */
export class Unfit extends Error {
  readonly code: Refusal['code'];

  constructor(code: Refusal['code'], reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Canonical JSON of a value. Throws {@link Unfit} on lone surrogates, depth, and numbers that JSON cannot carry. */
export function toValueText(value: Json): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Unfit('EVENT_INVALID', 'text is not well-formed Unicode');
    return JSON.stringify(value);
  }
  if (typeof value === 'boolean' || value === null) return String(value);
  const unsafe = numberProblem(value, INGEST_LIMIT.depth);
  if (unsafe !== undefined) throw new Unfit('EVENT_INVALID', unsafe);
  if (typeof value === 'number') return JSON.stringify(value);
  try {
    return toCanonicalJson(value, INGEST_LIMIT.depth);
  } catch (error) {
    if (error instanceof TypeError) throw new Unfit('EVENT_INVALID', error.message);
    throw error;
  }
}

/** Fields that the schema does not know, with the members of `extra` itself, by name; undefined when there are none. */
export function toExtra(data: EventData, known: ReadonlySet<string>): ReadonlyMap<string, Json> | undefined {
  let found: Map<string, Json> | undefined;
  const add = (name: string, value: Json | undefined): void => {
    if (value === undefined) return;
    found ??= new Map<string, Json>();
    if (found.has(name))
      throw new Unfit('EVENT_INVALID', 'data and data.extra hold a field of the same name');
    found.set(name, value);
  };
  for (const name in data) {
    if (known.has(name)) continue;
    const value = data[name];
    if (name === 'extra' && isObject(value)) {
      for (const [inner, member] of Object.entries(value)) add(inner, member);
    } else add(name, value);
  }
  return found;
}

/** Canonical JSON of an object given by its members. */
export function toObjectText(members: ReadonlyMap<string, Json>): string {
  const names = [...members.keys()].sort();
  return `{${names.map((name) => `${toValueText(name)}:${toValueText(members.get(name) ?? null)}`).join(',')}}`;
}

/** Whether the UTF-8 form is longer than `bytes`; counts only when the length leaves it open. */
export function exceeds(text: string, bytes: number): boolean {
  if (text.length * 3 <= bytes) return false;
  return text.length > bytes || Buffer.byteLength(text) > bytes;
}

export function isObject(value: unknown): value is { readonly [name: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberProblem(value: Json, depth: number): string | undefined {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'a number is out of range';
    const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
    return unsafe ? 'an integer lies beyond 2^53: send it as text' : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth < 0) return `data is nested deeper than ${INGEST_LIMIT.depth} levels`;
  for (const member of Object.values(value)) {
    const reason = member === undefined ? undefined : numberProblem(member, depth - 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
