-- Rules known: of each source that delivers sessions, commands or rules, the time of the period before its first snapshot.
SELECT
    source, 1 AS population,
    blindFrom < blindTo AS exceptions,
    {from:DateTime64(6, 'UTC')} AS blindFrom,
    least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')},
        if(countIf(what = 'policy') = 0, {to:DateTime64(6, 'UTC')}, minIf(knownAt, what = 'policy'))) AS blindTo,
    if(countIf(what = 'policy') = 0, 'no snapshot of the rules', 'before the first snapshot of the rules') AS detail
FROM
(
    SELECT source, 'policy' AS what, inForceFrom AS knownAt
    FROM policiesAt(size = {size:UInt64})
    UNION ALL
    SELECT source, 'use' AS what, min(time) AS knownAt
    FROM eventsAt(size = {size:UInt64})
    WHERE kind IN ('session.started', 'command.executed')
    GROUP BY source
)
GROUP BY source
ORDER BY source
