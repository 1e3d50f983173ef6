/** A value that JSON can carry without loss (RFC 8259). Integers beyond 2^53 travel as strings. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/**
 * Canonical JSON text (RFC 8785): members in UTF-16 code unit order, ECMAScript number form, no white space.
 * Members whose value is `undefined` are left out.
 *
 * Throws TypeError on non-finite numbers, lone surrogates and cycles deeper than `maxDepth`.
 * Members are joined here rather than by rebuilding the object, because engines move integer-like keys first.
 */
export function toCanonicalJson(value: Json, maxDepth = 64): string {
  return write(value, maxDepth);
}

function write(value: Json, depth: number): string {
  if (depth < 0) throw new TypeError('value is nested too deeply for canonical JSON');
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no form for a non-finite number');
    return JSON.stringify(value);
  }
  if (isArray(value)) return `[${value.map((item) => write(item, depth - 1)).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`canonical JSON has no form for ${typeof value}`);
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) members.push(`${writeString(name)}:${write(member, depth - 1)}`);
  }
  return `{${members.join(',')}}`;
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('canonical JSON has no form for a lone surrogate');
  return JSON.stringify(text);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
