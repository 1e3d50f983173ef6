SELECT `index`, received, entry, lower(hex(leaf)) AS leaf, salts, `values`, toString(key) AS key, toString(mac) AS mac
FROM entries FINAL
WHERE log = {log:UInt16} AND `index` >= {from:UInt64} AND `index` < {to:UInt64}
ORDER BY log, `index`
