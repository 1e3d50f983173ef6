import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Errors, Check } from 'typebox/value';
import type { Json } from '../domain/canonical.ts';
import { toCanonicalJson } from '../domain/canonical.ts';
import { outcomes } from '../domain/evaluation.ts';
import { parseInstant } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Moment = Type.Refine(Type.Unsafe<Instant>(Type.String()), (text) => parseInstant(text) === text);
const Span = Type.Object({ from: Moment, to: Moment });
const Table = Type.Object({ file: Type.String(), rows: Count, sha256: Sha256 });

const Result = Type.Object({
  id: Type.String(),
  outcome: Type.Enum([...outcomes]),
  reason: Type.Optional(Type.String()),
  population: Count,
  excluded: Count,
  exceptions: Count,
  open: Count,
  items: Type.Array(Type.Object({ log: Count, index: Count, code: Type.String() })),
  itemsComplete: Type.Boolean(),
  missing: Type.Array(Type.String()),
  blind: Type.Array(Span),
  sqlSha256: Sha256,
});

/** The part of packet.json that a verifier reads; other members are free. */
const PacketView = Type.Object({
  version: Type.Literal(1),
  id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  period: Span,
  asOf: Moment,
  log: Type.Object({
    origin: Type.String({ minLength: 1 }),
    vkey: Type.String({ minLength: 1 }),
    size: Count,
    root: Type.String(),
    range: Type.Object({ from: Count, to: Count }),
    anchored: Type.String(),
  }),
  evaluation: Type.Object({
    period: Span,
    asOf: Moment,
    limits: Type.Array(Type.Object({ name: Type.String(), value: Type.Number() })),
    controls: Type.Array(Type.Object({ id: Type.String(), tests: Type.Array(Result) })),
  }),
  ipe: Type.Array(
    Type.Object({
      test: Type.String(),
      sqlSha256: Sha256,
      population: Table,
      exceptions: Table,
      policySnapshots: Type.Array(Sha256),
    }),
  ),
  policies: Type.Array(Type.Object({ sha256: Sha256, index: Count })),
  cited: Type.Object({ total: Count, exceptions: Count, context: Count, complete: Type.Boolean() }),
  withheld: Count,
  erased: Count,
});
export type PacketView = Static<typeof PacketView>;
export type ResultView = Static<typeof Result>;

/** Reads packet.json; the reasons when it is not canonical JSON (RFC 8785) or lacks what a verifier needs. */
export function readPacketView(
  bytes: Uint8Array,
): { readonly packet: PacketView } | { readonly problems: readonly string[] } {
  const parsed = parseCanonical(bytes);
  if ('problem' in parsed) return { problems: [`data/packet.json ${parsed.problem}`] };
  if (!Check(PacketView, parsed.value)) {
    const problems = Errors(PacketView, parsed.value).map(
      ({ instancePath, message }) => `data/packet.json ${instancePath} ${message}`,
    );
    return { problems: problems.length > 0 ? problems : ['data/packet.json is not a packet'] };
  }
  return { packet: parsed.value };
}

/** A JSON value from its canonical text, in UTF-8 without a byte order mark; a final line feed is not canonical. */
export function parseCanonical(bytes: Uint8Array): { readonly value: Json } | { readonly problem: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(text) as Json;
    return toCanonicalJson(value) === text ? { value } : { problem: 'is not canonical JSON' };
  } catch {
    return { problem: 'is not JSON' };
  }
}
