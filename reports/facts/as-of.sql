-- Reception of the last entry of the log at a size.
SELECT e.received AS received
FROM events AS e
WHERE e.log = {log:UInt16} AND e.`index` = {last:UInt64}
ORDER BY e.`index`
