SELECT
    excluded,
    countIf(r.open = 0) AS members,
    countIf(exception != '') AS exceptions,
    countIf(exception != '' AND acceptedUntil IS NOT NULL) AS accepted,
    countIf(r.open != 0) AS open
FROM (/* rows */) AS r
GROUP BY excluded
ORDER BY excluded
