-- Every time-bound grant that ended or was withdrawn, and the last activity under it.
SELECT
    subject, endsAt AS time, log, `index`, source, who, person, resource,
    multiIf(
        open OR lastActivity IS NULL OR lastActivity <= deadline, '',
        withdrawn, 'active-after-revocation',
        'active-after-expiry') AS exception,
    '' AS excluded,
    deadline >= least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}) AS open,
    concat(if(withdrawn, 'withdrawn', 'expired'), if(lastActivity IS NULL, ', never used', concat(', last activity ', formatDateTime(lastActivity, '%Y-%m-%dT%H:%i:%S.%fZ')))) AS detail
FROM
(
    SELECT
        a.subject AS subject, a.source AS source, a.endsAt AS endsAt, a.withdrawn AS withdrawn, a.log AS log, a.`index` AS `index`,
        a.who AS who, a.person AS person, a.resource AS resource,
        addMilliseconds(a.endsAt, if(a.withdrawn, {REVOKE_GRACE:UInt64}, {GRACE:UInt64})) AS deadline,
        max(u.lastActivity) AS lastActivity
    FROM
    (
        SELECT
            source, approval, subject, requesterWho AS who, requester AS person, resource, grantedLog AS log,
            coalesce(if(withdrawn, endedIndex, NULL), grantedIndex, requestIndex, 0) AS `index`,
            endedAt IS NOT NULL AND (validTo IS NULL OR endedAt < validTo) AS withdrawn,
            assumeNotNull(if(withdrawn, endedAt, validTo)) AS endsAt
        FROM approvalsAt(size = {size:UInt64})
        WHERE (grantedAt IS NOT NULL OR withdrawnUnseen) AND (endedAt IS NOT NULL OR validTo IS NOT NULL)
    ) AS a
    LEFT JOIN
    (
        SELECT l.source AS source, l.approval AS approval,
               multiIf(c.lastCommand IS NOT NULL, greatest(s.startedAt, c.lastCommand), s.recordingBytes > 0, coalesce(s.endedAt, s.startedAt), s.startedAt) AS lastActivity
        FROM (SELECT source, session, approval FROM sessionApprovalsAt(size = {size:UInt64}) WHERE approval != '') AS l
        INNER JOIN sessionsAt(size = {size:UInt64}) AS s ON s.source = l.source AND s.session = l.session
        LEFT JOIN (SELECT session, max(toNullable(time)) AS lastCommand FROM commandsAt(size = {size:UInt64})
                   WHERE kind = 'command.executed' AND session != '' GROUP BY session) AS c ON c.session = l.session
    ) AS u ON u.source = a.source AND u.approval = a.approval
    GROUP BY subject, source, endsAt, withdrawn, log, `index`, who, person, resource
)
WHERE endsAt < {to:DateTime64(6, 'UTC')} AND endsAt < {asOf:DateTime64(6, 'UTC')}
    AND (endsAt >= {from:DateTime64(6, 'UTC')} OR deadline >= {from:DateTime64(6, 'UTC')})
ORDER BY time, `index`, subject
