/** Readers of answers whose form the gateway does not promise: what is missing or of another type reads as empty. */

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The texts of a list, sorted, each once. */
export function textsOf(value: unknown): readonly string[] {
  return [...new Set(listOf(value).flatMap((item) => textOf(item) ?? []))].toSorted();
}
