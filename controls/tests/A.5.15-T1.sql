-- Every released session, and whether the rules that may have been in force granted its person the target and the role.
SELECT
    s.subject AS subject, assumeNotNull(s.startedAt) AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    multiIf(
        excluded != '', '',
        s.policy != '' AND NOT has(g.snapshots, s.policy), 'policy-mismatch',
        NOT has(g.verdicts, 1), 'grant-missing',
        '') AS exception,
    multiIf(g.unknown, 'policy-unknown', length(g.verdicts) > 1, 'policy-uncertain', '') AS excluded,
    0 AS open,
    multiIf(
        exception = 'policy-mismatch', concat('the session names snapshot ', s.policy),
        notEmpty(g.principals), concat('granted to ', arrayStringConcat(g.principals, ', ')),
        excluded != '', '',
        'no grant matches') AS detail
FROM (SELECT * FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
INNER JOIN
(
    SELECT
        source, session,
        groupUniqArray(granted) AS verdicts,
        max(policyIndex IS NULL) AS unknown,
        groupUniqArray(sha256) AS snapshots,
        arraySort(arrayDistinct(arrayFlatten(groupArray(principals)))) AS principals
    FROM
    (
        SELECT
            p.source AS source, p.session AS session, p.policyIndex AS policyIndex,
            max(g.there AND (g.until IS NULL OR g.until > p.startedAt)
                AND (empty(g.roles) OR p.role = '' OR has(g.roles, p.role) OR has(g.roles, '*'))) AS granted,
            groupUniqArrayIf(g.principal, g.there) AS principals,
            any(o.sha256) AS sha256
        FROM
        (
            SELECT source, session, startedAt, role, policyIndex, arrayJoin(principals) AS principal, arrayJoin([resource, '*']) AS target
            FROM sessionPoliciesAt(size = {size:UInt64})
            WHERE startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}
        ) AS p
        LEFT JOIN (SELECT *, 1 AS there FROM policyGrantsAt(size = {size:UInt64})) AS g
            ON g.source = p.source AND g.policyIndex = p.policyIndex AND g.principal = p.principal AND g.resource = p.target
        LEFT JOIN (SELECT source, `index` AS policyIndex, sha256 FROM policiesAt(size = {size:UInt64})) AS o
            ON o.source = p.source AND o.policyIndex = p.policyIndex
        GROUP BY source, session, policyIndex
    )
    GROUP BY source, session
) AS g ON g.source = s.source AND g.session = s.session
ORDER BY time, `index`, subject
