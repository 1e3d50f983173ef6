-- Subjects that the given ones rest on: the approvals of sessions, the sessions of approvals, both ends of derived links.
SELECT DISTINCT subject
FROM
(
    SELECT arrayJoin([JSONExtractString(e.data, 'from'), JSONExtractString(e.data, 'to')]) AS subject
    FROM events AS e
    WHERE e.kind = 'link.derived' AND e.log = {log:UInt16} AND e.`index` < {size:UInt64}
        AND (JSONExtractString(e.data, 'from') IN {subjects:Array(String)} OR JSONExtractString(e.data, 'to') IN {subjects:Array(String)})
    UNION ALL
    SELECT if(e.subject IN {subjects:Array(String)}, concat('session/', e.session), e.subject) AS subject
    FROM events AS e
    WHERE e.kind IN ('approval.requested', 'approval.decided', 'bypass.used') AND e.log = {log:UInt16} AND e.`index` < {size:UInt64}
        AND e.session != ''
        AND (e.subject IN {subjects:Array(String)} OR concat('session/', e.session) IN {subjects:Array(String)})
    UNION ALL
    SELECT concat('approval/', JSONExtractString(e.data, 'approval')) AS subject
    FROM events AS e
    WHERE e.kind IN ('session.requested', 'session.started') AND e.log = {log:UInt16} AND e.`index` < {size:UInt64}
        AND e.subject IN {subjects:Array(String)} AND JSONExtractString(e.data, 'approval') != ''
)
WHERE subject NOT IN {subjects:Array(String)} AND subject != ''
ORDER BY subject
