SELECT leaf
FROM entries FINAL
WHERE log = {log:UInt16} AND `index` >= {from:UInt64} AND `index` < {to:UInt64}
ORDER BY log, `index`
