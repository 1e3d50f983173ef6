-- Entries of the range that commit to more than their row still holds.
SELECT count() AS erased
FROM events AS e
WHERE e.log = {log:UInt16} AND e.`index` >= {from:UInt64} AND e.`index` < {size:UInt64}
    AND JSONLength(e.entry, '_sd') > arrayCount(value -> value != '', mapValues(e.`values`))
