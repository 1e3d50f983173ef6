-- Sessions that may still change: begun without an end, or waiting for an approval that was neither rejected nor ended.
SELECT session
FROM
(
    SELECT e.session AS session, min(e.time) AS firstTime
    FROM events AS e
    WHERE e.source = {source:String} AND e.kind IN ('session.started', 'session.ended')
    GROUP BY e.session
    HAVING countIf(e.kind = 'session.ended') = 0
    UNION ALL
    SELECT anyIf(e.session, e.kind = 'approval.requested') AS session, min(e.time) AS firstTime
    FROM events AS e
    WHERE e.source = {source:String} AND e.kind IN ('approval.requested', 'approval.decided', 'approval.ended')
    GROUP BY e.subject
    HAVING countIf(e.kind = 'approval.ended' OR JSONExtractString(e.data, 'decision') = 'rejected') = 0
)
WHERE session != '' AND firstTime >= {since:DateTime64(6,'UTC')}
GROUP BY session
ORDER BY session
