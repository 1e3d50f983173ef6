/** What one event, one request and the queue may hold. Beyond it: a refusal with a reason, never a cut. */
export const INGEST_LIMIT = {
  /** The entry as it stands in the log, UTF-8 bytes. */
  entryBytes: 16_384,
  /** One disclosure; its largest fields move to artefacts until it fits, UTF-8 bytes. */
  groupBytes: 8_192,
  artefactBytes: 16_777_216,
  /** Levels of arrays and objects inside `data`. */
  depth: 32,
  /** Characters of a source, id or subject. */
  nameLength: 512,
  /** A refused input as it is kept, characters. */
  rawLength: 65_536,
  /** How far the time of an event may lie ahead of ours, ms. */
  aheadMs: 86_400_000,
  bodyBytes: 16_777_216,
  /** Events of one call: they become one insert. */
  callRows: 200_000,
  /** Rows and bytes of one insert that serves several calls. */
  batchRows: 50_000,
  batchBytes: 67_108_864,
  /** Waiting for an insert, over all callers. */
  queueRows: 200_000,
  queueBytes: 268_435_456,
  /** Events made ready between two looks at everything else the process has to do. */
  prepareSlice: 2_000,
  /** How long the first of a batch waits for others, ms. */
  groupWaitMs: 4,
} as const;

/** Before this, no gateway existed whose events could be meant. */
export const EARLIEST_TIME = '2000-01-01T00:00:00.000000Z';
