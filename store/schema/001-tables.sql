-- One row per log entry. `entry` is the text the leaf hashes; `salts` and `values` hold its disclosures by name and
-- are emptied by an erasure. Query columns are MATERIALIZED: they follow their source and cannot be updated.
CREATE TABLE IF NOT EXISTS entries
(
    log UInt16,
    `index` UInt64,
    received DateTime64(6, 'UTC'),
    entry String CODEC(ZSTD(1)),
    leaf FixedString(32),
    salts Map(LowCardinality(String), String),
    `values` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    key UInt64,
    mac FixedString(64) CODEC(NONE),
    kind LowCardinality(String) MATERIALIZED JSONExtractString(entry, 'type'),
    source LowCardinality(String) MATERIALIZED JSONExtractString(entry, 'source'),
    id String MATERIALIZED JSONExtractString(entry, 'id'),
    subject String MATERIALIZED JSONExtractString(entry, 'subject'),
    time DateTime64(6, 'UTC') MATERIALIZED parseDateTime64BestEffort(JSONExtractString(entry, 'time'), 6, 'UTC'),
    session String MATERIALIZED JSONExtractString(entry, 'data', 'session'),
    resource LowCardinality(String) MATERIALIZED JSONExtractString(entry, 'data', 'resource'),
    who String MATERIALIZED JSONExtractString(entry, 'data', 'who'),
    INDEX by_key key TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_kind kind TYPE set(64) GRANULARITY 4,
    INDEX by_time time TYPE minmax GRANULARITY 1,
    INDEX by_subject subject TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (log, `index`)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000;

-- Files that entries name by digest: policy documents, recordings, large values.
CREATE TABLE IF NOT EXISTS artefacts
(
    sha256 FixedString(64),
    mediaType LowCardinality(String),
    bytes String CODEC(ZSTD(3)),
    stored DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY sha256
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS schema_versions
(
    version UInt32,
    applied DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
