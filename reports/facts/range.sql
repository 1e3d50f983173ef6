-- First index that could hold an event of the period, and how many entries there are from it on.
SELECT min(e.`index`) AS first, count() AS entries
FROM events AS e
WHERE e.log = {log:UInt16} AND e.`index` < {size:UInt64} AND e.received >= {after:DateTime64(6, 'UTC')}
