-- The last packet built before a size whose period ended by a time.
SELECT JSONExtractString(e.data, 'packet') AS id, JSONExtractUInt(e.data, 'size') AS size
FROM events AS e
WHERE e.kind = 'packet.built' AND e.log = {log:UInt16} AND e.`index` < {size:UInt64}
    AND JSONExtractUInt(e.data, 'size') <= {size:UInt64}
    AND parseDateTime64BestEffort(JSONExtractString(e.data, 'to'), 6, 'UTC') <= {until:DateTime64(6, 'UTC')}
ORDER BY e.`index` DESC
LIMIT 1
