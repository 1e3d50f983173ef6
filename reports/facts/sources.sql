-- What each source delivered in the range. Records about a source (runs, refusals, rewrites) count for the one they name.
SELECT
    source,
    argMaxIf(sourceKind, `index`, sourceKind != '') AS sourceKind,
    countIf(kind = 'source.polled') AS polls,
    sumIf(seen, kind = 'source.polled') AS seen,
    countIf(isEvidence) AS entries,
    countIf(kind = 'event.refused') AS refused,
    countIf(kind = 'source.rewrote') AS rewrote,
    minIf(toNullable(time), isEvidence) AS first,
    maxIf(toNullable(time), isEvidence) AS last,
    quantileExactIfOrNull(0.5)(lag, isEvidence) / 1000 AS lagP50Ms,
    quantileExactIfOrNull(0.99)(lag, isEvidence) / 1000 AS lagP99Ms,
    sumIf(ambiguous, kind = 'source.polled') AS ambiguousLinks
FROM
(
    SELECT
        e.`index` AS `index`, e.kind AS kind, e.time AS time,
        if(e.kind IN ('source.polled', 'event.refused', 'source.rewrote'), JSONExtractString(e.data, 'source'), e.source) AS source,
        if(e.kind = 'source.polled', JSONExtractString(e.data, 'sourceKind'), '') AS sourceKind,
        if(e.kind = 'source.polled', JSONExtractUInt(e.data, 'seen'), 0) AS seen,
        if(e.kind = 'source.polled', JSONExtractUInt(e.data, 'ambiguousLinks'), 0) AS ambiguous,
        toUnixTimestamp64Micro(e.received) - toUnixTimestamp64Micro(e.time) AS lag,
        e.kind NOT IN ('source.polled', 'event.refused', 'source.rewrote', 'evidence.read')
            AND NOT match(e.kind, '^(ledger|packet|export|schedule|token|key|retention|erasure|hold)\\.') AS isEvidence
    FROM events AS e
    WHERE e.log = {log:UInt16} AND e.`index` >= {from:UInt64} AND e.`index` < {size:UInt64}
)
GROUP BY source
HAVING entries + polls + refused + rewrote > 0
ORDER BY source
