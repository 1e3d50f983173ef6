-- Every source of the log: what it delivered in the period, and its last run.
SELECT e.source AS source, p.kind AS kind, e.entries AS entries, e.lastReceived AS lastReceived, p.polls AS polls, p.seen AS seen,
    p.new AS new, p.changed AS changed, p.refused AS refused, p.lastRun AS lastRun, p.lagMs AS lagMs, r.rewrote AS rewrote
FROM
(
    SELECT source, countIf(time >= {from:DateTime64(6,'UTC')} AND time < {to:DateTime64(6,'UTC')}) AS entries, max(received) AS lastReceived
    FROM
    (
        SELECT if(kind IN ('source.polled', 'event.refused', 'source.rewrote'), JSONExtractString(entry, 'data', 'source'), source) AS source, time, received
        FROM entries FINAL
        WHERE NOT startsWith(kind, 'ledger.') AND NOT startsWith(kind, 'key.') AND NOT startsWith(kind, 'token.') AND NOT startsWith(kind, 'packet.')
          AND kind NOT IN ('evidence.read', 'recording.viewed', 'link.derived', 'exception.accepted')
    )
    GROUP BY source
) AS e
LEFT JOIN
(
    SELECT source, argMax(sourceKind, windowTo) AS kind, count() AS polls, sum(seen) AS seen, sum(new) AS new, sum(changed) AS changed,
        sum(refused) AS refused, maxOrNull(windowTo) AS lastRun, argMaxOrNull(lagMs, windowTo) AS lagMs
    FROM polls
    WHERE windowTo >= {from:DateTime64(6,'UTC')} AND windowTo < {to:DateTime64(6,'UTC')}
    GROUP BY source
) AS p ON p.source = e.source
LEFT JOIN
(
    SELECT JSONExtractString(data, 'source') AS source, count() AS rewrote
    FROM events
    WHERE kind = 'source.rewrote' AND time >= {from:DateTime64(6,'UTC')} AND time < {to:DateTime64(6,'UTC')}
    GROUP BY source
) AS r ON r.source = e.source
ORDER BY source
LIMIT {limit:UInt32}
