SELECT
    excluded,
    countIf(open = 0) AS members,
    countIf(exception != '') AS exceptions,
    countIf(exception != '' AND acceptedUntil IS NOT NULL) AS accepted,
    countIf(open != 0) AS open
FROM (/* rows */)
GROUP BY excluded
ORDER BY excluded
