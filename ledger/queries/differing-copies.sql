-- Indexes of [from, to) that were stored more than once, and not alike. An insert that was tried again stores equal rows.
SELECT count() AS rows, groupArraySorted(20)(`index`) AS indexes
FROM
(
    SELECT `index`
    FROM entries
    WHERE log = {log:UInt16} AND `index` >= {from:UInt64} AND `index` < {to:UInt64}
    GROUP BY log, `index`
    HAVING count() > 1 AND (min(leaf) != max(leaf) OR min(mac) != max(mac))
)
SETTINGS optimize_aggregation_in_order = 1
