-- Silence of each polled source: between two windows, a window too long to be one reading of many, before the first window
-- began, after the last one ended.
-- Only silence longer than HEARTBEAT_MAX counts, and only within the period and before the log ends.
SELECT
    source, 1 AS population,
    blindFrom < blindTo AS exceptions,
    greatest(silentFrom, {from:DateTime64(6, 'UTC')}) AS blindFrom,
    if(isSilent, least(silentTo, {to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}), blindFrom) AS blindTo,
    why AS detail
FROM
(
    SELECT
        source,
        if(position = 1, {from:DateTime64(6, 'UTC')}, heardBefore) AS silentFrom,
        multiIf(
            position = 1, coalesce(windowFrom, {from:DateTime64(6, 'UTC')}),
            windowFrom > addMilliseconds(heardBefore, {HEARTBEAT_MAX:UInt64}) AND windowTo <= addMilliseconds(assumeNotNull(windowFrom), {HEARTBEAT_MAX:UInt64}),
                assumeNotNull(windowFrom),
            windowTo) AS silentTo,
        if(position = 1, silentFrom < silentTo, silentTo > addMilliseconds(silentFrom, {HEARTBEAT_MAX:UInt64})) AS isSilent,
        if(position = 1, 'before the first reading of the source', 'no reading of the source') AS why
    FROM
    (
        SELECT
            source, windowFrom, windowTo,
            row_number() OVER (PARTITION BY source ORDER BY windowTo, `index` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS position,
            lagInFrame(windowTo, 1, windowTo) OVER (PARTITION BY source ORDER BY windowTo, `index` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS heardBefore
        FROM pollsAt(size = {size:UInt64})
    )
    UNION ALL
    SELECT
        source,
        max(windowTo) AS silentFrom,
        least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}) AS silentTo,
        silentTo > addMilliseconds(silentFrom, {HEARTBEAT_MAX:UInt64}) AS isSilent,
        'no reading of the source since' AS why
    FROM pollsAt(size = {size:UInt64})
    GROUP BY source
)
WHERE silentTo >= {from:DateTime64(6, 'UTC')} AND silentFrom < {to:DateTime64(6, 'UTC')}
ORDER BY source, blindFrom, detail
