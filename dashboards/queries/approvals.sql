-- Approvals as asked for, with every decision and the sessions that used them. Newest first.
SELECT
    r.source AS source, r.approval AS approval, r.log AS log, r.latestIndex AS `index`, r.requestedAt AS requestedAt, r.requester AS requester, r.requesterWho AS requesterWho,
    r.resource AS resource, r.approvalKind AS approvalKind, r.rule AS rule, r.needed AS needed, r.windowMs AS windowMs,
    r.reason AS reason, r.ticket AS ticket, r.session AS session,
    d.decidedAt AS decidedAt, d.decisions AS decisions, d.approvers AS approvers, d.approverWhos AS approverWhos, d.forced AS forced, d.signed AS signed,
    d.machines AS machines, u.sessions AS sessions
FROM
(
    SELECT source, approval, log, latestIndex, requestedAt, requester, requesterWho, resource, approvalKind, rule, needed, windowMs, reason, ticket, session
    FROM approvalRequests
    WHERE requestedAt >= {from:DateTime64(6,'UTC')} AND requestedAt < {to:DateTime64(6,'UTC')}
      AND ({text:String} = '' OR positionCaseInsensitiveUTF8(requester, {text:String}) > 0 OR positionCaseInsensitiveUTF8(resource, {text:String}) > 0
           OR startsWith(approval, {text:String}) OR positionCaseInsensitiveUTF8(reason, {text:String}) > 0)
      AND ({cursorApproval:String} = ''
           OR requestedAt < {cursorTime:DateTime64(6,'UTC')}
           OR (requestedAt = {cursorTime:DateTime64(6,'UTC')} AND source < {cursorSource:String})
           OR (requestedAt = {cursorTime:DateTime64(6,'UTC')} AND source = {cursorSource:String} AND approval < {cursorApproval:String}))
    ORDER BY requestedAt DESC, source DESC, approval DESC
    LIMIT {limit:UInt32}
) AS r
LEFT JOIN
(
    SELECT source, approval, groupArray(toString(time)) AS times, groupArray(decision) AS decisions, groupArray(approver) AS approvers,
        groupArray(approverWho) AS approverWhos, max(forced) AS forced, max(signature != '') AS signed, maxOrNull(time) AS decidedAt,
        countIf(approverWho IN (SELECT who FROM identities WHERE identityType IN ('machine', 'agent'))) AS machines
    FROM (SELECT source, approval, time, decision, approver, approverWho, forced, signature FROM decisions ORDER BY time, `index`)
    GROUP BY source, approval
) AS d ON d.source = r.source AND d.approval = r.approval
LEFT JOIN
(
    -- Released sessions that name the approval, that it names, or that a link leads to it from.
    SELECT approval, uniqExact(session) AS sessions
    FROM
    (
        SELECT approval, session FROM sessions WHERE approval != '' AND startIndex IS NOT NULL
        UNION ALL
        SELECT q.approval AS approval, q.session AS session
        FROM (SELECT approval, session FROM approvalRequests WHERE session != '') AS q
        INNER JOIN (SELECT session FROM sessions WHERE startIndex IS NOT NULL) AS s ON s.session = q.session
        UNION ALL
        SELECT substring(`to`, 10) AS approval, substring(`from`, 9) AS session
        FROM links
        WHERE startsWith(`from`, 'session/') AND startsWith(`to`, 'approval/') AND confidence != 'ambiguous'
    )
    GROUP BY approval
) AS u ON u.approval = r.approval
ORDER BY requestedAt DESC, source DESC, approval DESC
