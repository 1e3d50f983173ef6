SELECT log, max(`index`) + 1 AS size
FROM entries
GROUP BY log
ORDER BY log
