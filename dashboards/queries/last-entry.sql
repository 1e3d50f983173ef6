SELECT `index`, received
FROM entries
WHERE log = 0
ORDER BY log DESC, `index` DESC
LIMIT 1
