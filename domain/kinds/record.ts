import { Type } from 'typebox';
import { Between, clear, content, Count, Digest, identity, Name, oneOf, required, Text, Time, type Fields } from './fields.ts';

const Window = Type.Object({ from: Type.Union([Time, Type.Null()]), to: Time });
const Anything = Type.Unknown();

/** Policies, sources, registers and annexa's own administration: what the evidence rests on. */
export const recordKinds = {
  'policy.snapshotted': {
    sha256: required(clear(Digest)),
    previous: clear(Digest),
    counts: clear(Type.Record(Type.String(), Count)),
    observedBetween: required(clear(Between)),
    unreadable: clear(Type.Array(Name)),
  },
  'admin.changed': {
    actor: identity('actor'),
    object: clear(Name),
    action: clear(Name),
    result: clear(Name),
    duplicateOf: clear(Name),
    before: content(Anything),
    after: content(Anything),
    target: content(Text),
  },
  'source.polled': {
    source: required(clear(Name)),
    sourceKind: clear(Name),
    window: required(clear(Window)),
    cursor: clear(Type.Union([Name, Type.Null()])),
    asOf: clear(Time),
    seen: clear(Count),
    new: clear(Count),
    changed: clear(Count),
    refused: clear(Count),
    lagMs: clear(Type.Number()),
    /** Offset of the source's clock: HTTP Date against the local midpoint of the request, ms. */
    clockOffsetMs: clear(Type.Number()),
    /** Event families that this source can deliver at all: 'refusals', 'sign-ins', 'commands', … */
    reports: clear(Type.Array(Name)),
    policyRead: clear(Between),
    policy: clear(Digest),
    version: clear(Name),
    ambiguousLinks: clear(Count),
  },
  'source.rewrote': {
    source: required(clear(Name)),
    about: required(clear(Name)),
    field: required(clear(Name)),
    from: clear(Name),
    to: clear(Name),
  },
  'event.refused': {
    source: required(clear(Name)),
    line: clear(Count),
    offset: clear(Count),
    code: required(clear(Name)),
    reason: content(Text),
    raw: content(Text),
  },
  'register.imported': { register: required(clear(Name)), sha256: required(clear(Digest)), rows: clear(Count), validFrom: clear(Time) },
  'bypass.reviewed': { about: required(clear(Name)), by: identity('by'), verdict: clear(Name), reason: content(Text), until: clear(Time) },
  'alert.judged': { about: required(clear(Name)), by: identity('by'), verdict: clear(Name), reason: content(Text), until: clear(Time) },
  'exception.accepted': { about: required(clear(Name)), by: identity('by'), verdict: clear(Name), reason: content(Text), until: clear(Time) },
  'access.reviewed': { about: required(clear(Name)), by: identity('by'), verdict: clear(Name), reason: content(Text), until: clear(Time) },
  'evidence.read': { about: required(clear(Name)), by: identity('by'), action: clear(Name) },
  'ledger.created': { origin: required(clear(Name)), vkey: required(clear(Name)) },
  'ledger.heartbeat': { size: clear(Count) },
  'packet.built': { packet: required(clear(Name)), sha256: clear(Digest), from: clear(Time), to: clear(Time), size: clear(Count), controls: clear(Type.Array(Name)) },
  'packet.read': { packet: required(clear(Name)), by: identity('by') },
  'token.created': { token: required(clear(Name)), role: clear(Name), until: clear(Time), hash: clear(Digest) },
  'token.revoked': { token: required(clear(Name)) },
  'key.created': { key: required(clear(Name)), purpose: clear(oneOf('log', 'attestation', 'pdf')), fingerprint: clear(Name) },
} as const satisfies Record<string, Fields>;
