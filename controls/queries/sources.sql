-- Sources of the log, the kinds of record that each has sent, and what its readings say it can report at all.
SELECT source, arraySort(groupUniqArrayArray(kinds)) AS kinds, arraySort(groupUniqArrayArray(reports)) AS reports
FROM
(
    SELECT toString(source) AS source, groupUniqArray(toString(kind)) AS kinds, [] AS reports
    FROM eventsAt(size = {size:UInt64})
    GROUP BY source
    UNION ALL
    SELECT source, ['source.polled'] AS kinds, arrayFlatten(groupUniqArray(reports)) AS reports
    FROM pollsAt(size = {size:UInt64})
    GROUP BY source
)
GROUP BY source
ORDER BY source
