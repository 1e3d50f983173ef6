-- Every refused attempt, and whether the same person reached the same target later without a newer grant.
SELECT
    r.subject AS subject, r.time AS time, r.log AS log, r.`index` AS `index`, r.source AS source,
    any(r.who) AS who, any(r.person) AS person, any(r.resource) AS resource,
    if(max(r.sessionAfter != '' AND r.verdicts = [0]), 'session-after-refusal', '') AS exception,
    if(exception = '' AND max(length(r.verdicts) > 1), 'policy-uncertain', '') AS excluded,
    0 AS open,
    arrayStringConcat(arraySort(groupUniqArrayIf(concat('session/', r.sessionAfter), r.sessionAfter != '' AND has(r.verdicts, 0))), ', ') AS detail
FROM
(
    SELECT
        r.source AS source, r.log AS log, r.`index` AS `index`, r.subject AS subject, r.time AS time, r.who AS who, r.person AS person,
        r.resource AS resource, s.session AS sessionAfter,
        groupUniqArrayIf(s.granted AND s.inForceFrom > r.time, s.session != '') AS verdicts
    FROM
    (
        SELECT source, log, `index`, subject, time, who, person, resource
        FROM eventsAt(size = {size:UInt64})
        WHERE kind = 'session.refused' AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    ) AS r
    LEFT JOIN
    (
        SELECT
            p.source AS source, p.session AS session, p.who AS who, p.resource AS resource, p.startedAt AS startedAt,
            p.policyIndex AS policyIndex, max(g.there AND (g.until IS NULL OR g.until > p.startedAt)) AS granted,
            any(o.inForceFrom) AS inForceFrom
        FROM
        (
            SELECT source, session, who, resource, startedAt, policyIndex, arrayJoin(principals) AS principal, arrayJoin([resource, '*']) AS target
            FROM sessionPoliciesAt(size = {size:UInt64})
            WHERE startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')} AND who != ''
        ) AS p
        LEFT JOIN (SELECT *, 1 AS there FROM policyGrantsAt(size = {size:UInt64})) AS g
            ON g.source = p.source AND g.policyIndex = p.policyIndex AND g.principal = p.principal AND g.resource = p.target
        LEFT JOIN (SELECT source, `index` AS policyIndex, inForceFrom FROM policiesAt(size = {size:UInt64})) AS o
            ON o.source = p.source AND o.policyIndex = p.policyIndex
        GROUP BY source, session, who, resource, startedAt, policyIndex
    ) AS s ON s.source = r.source AND s.who = r.who AND s.resource = r.resource AND s.startedAt > r.time
    GROUP BY source, log, `index`, subject, time, who, person, resource, sessionAfter
) AS r
GROUP BY source, subject, time, log, `index`
ORDER BY time, `index`, subject
