const SUSPICIOUS = /\\u[dD][89a-fA-F]|[eE]\+?\d{3}/;

/**
 * Parses JSON into values that canonical JSON can carry: lone surrogates become U+FFFD, numbers beyond the range
 * of a double become null. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return SUSPICIOUS.test(text) ? repair(value) : value;
}

function repair(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(repair);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toWellFormed(), repair(member)]),
  );
}
