-- Sources of evidence that send no record of their readings.
SELECT arrayStringConcat(arraySort(groupUniqArray(toString(source))), ', ') AS sources
FROM eventsAt(size = {size:UInt64})
WHERE (startsWith(kind, 'session.') OR startsWith(kind, 'command.') OR startsWith(kind, 'approval.') OR kind IN ('masking.applied', 'sensitive.detected', 'policy.snapshotted'))
    AND source NOT IN (SELECT source FROM pollsAt(size = {size:UInt64}))
HAVING sources != ''
ORDER BY sources
