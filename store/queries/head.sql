SELECT `index`, received
FROM entries
WHERE log = {log:UInt16}
ORDER BY log DESC, `index` DESC
LIMIT 1
