-- Indexes of [from, to) that no row has.
SELECT count() AS rows, groupArraySorted(20)(number) AS indexes
FROM numbers({from:UInt64}, {to:UInt64} - {from:UInt64})
WHERE number NOT IN (
    SELECT `index` FROM entries WHERE log = {log:UInt16} AND `index` >= {from:UInt64} AND `index` < {to:UInt64}
)
