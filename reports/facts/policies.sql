-- Snapshots in force in the period, as the log knew them at a size. Certainly in force from the reading that found them
-- to the last reading before the next one.
SELECT source, sha256, log, `index`, inForceFrom, if(nextFrom = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), NULL, nextFrom) AS inForceTo, counts
FROM
(
    SELECT
        e.source AS source, e.log AS log, e.`index` AS `index`,
        JSONExtractString(e.data, 'sha256') AS sha256,
        JSONExtract(e.data, 'counts', 'Map(String, UInt64)') AS counts,
        parseDateTime64BestEffort(JSONExtractString(e.data, 'observedBetween', 2), 6, 'UTC') AS inForceFrom,
        leadInFrame(inForceFrom, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
            OVER (PARTITION BY e.source ORDER BY e.time, e.`index` ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS nextFrom
    FROM events AS e
    WHERE e.kind = 'policy.snapshotted' AND e.log = {log:UInt16} AND e.`index` < {size:UInt64}
)
WHERE inForceFrom < {to:DateTime64(6, 'UTC')} AND nextFrom > {from:DateTime64(6, 'UTC')}
ORDER BY source, inForceFrom, `index`
