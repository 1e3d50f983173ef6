-- Every released session on a target that the organisation tags as sensitive and that returned data: was a masking rule in
-- force on the target, wherever it is enforced, and did the engine work?
SELECT
    s.subject AS subject, assumeNotNull(s.startedAt) AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    multiIf(
        excluded != '', '',
        r.surely = 0, 'rule-missing',
        k.errors > 0, 'failed-open',
        r.publishes AND k.records = 0, 'statistics-missing',
        '') AS exception,
    if(r.surely = 0 AND r.possibly > 0, 'policy-uncertain', '') AS excluded,
    0 AS open,
    concat(
        if(empty(r.rules), '', concat('rule ', arrayStringConcat(r.rules, ', '), ', ')),
        if(k.records = 0, 'no masking reported', concat(toString(k.total), ' values masked')),
        if(k.errors = 0, '', concat(', ', toString(k.errors), ' errors'))) AS detail
FROM (SELECT * FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
INNER JOIN taggedSessionsAt(size = {size:UInt64}, words = {sensitive:Array(String)}) AS t ON t.source = s.source AND t.session = s.session
LEFT JOIN (SELECT session, max(rows) AS rows FROM commandsAt(size = {size:UInt64}) WHERE kind = 'command.executed' AND session != '' GROUP BY session) AS c
    ON c.session = s.session
LEFT JOIN (SELECT session, count() AS records, sum(total) AS total, sum(errors) AS errors FROM maskingAt(size = {size:UInt64}) WHERE session != '' GROUP BY session) AS k
    ON k.session = s.session
LEFT JOIN (SELECT session, 1 AS there FROM eventsAt(size = {size:UInt64}) WHERE kind = 'sensitive.detected' AND session != '' GROUP BY session) AS d
    ON d.session = s.session
LEFT JOIN
(
    SELECT
        source, session,
        countIf(candidates = covered) AS surely,
        countIf(covered > 0) AS possibly,
        arraySort(arrayDistinct(arrayFlatten(groupArray(rules)))) AS rules,
        max(covered > 0 AND publishes) AS publishes
    FROM
    (
        SELECT source, session, ruleSource, count() AS candidates, countIf(there) AS covered, groupUniqArrayIf(rule, there) AS rules, max(publishes) AS publishes
        FROM
        (
            SELECT
                c.source AS source, c.session AS session, c.ruleSource AS ruleSource, c.policyIndex AS policyIndex,
                max(m.there) AS there, any(m.rule) AS rule, max(c.publishes) AS publishes
            FROM
            (
                SELECT
                    c.source AS source, c.session AS session, c.ruleSource AS ruleSource, c.publishes AS publishes,
                    arrayJoin([c.resource, '*']) AS target,
                    arrayJoin(arrayDistinct(arrayFilter(i -> i IS NOT NULL, [c.certain, p.policyIndex]))) AS policyIndex
                FROM
                (
                    SELECT c.source AS source, c.session AS session, c.resource AS resource, c.startedAt AS startedAt,
                           c.ruleSource AS ruleSource, c.publishes AS publishes, p.policyIndex AS certain
                    FROM
                    (
                        SELECT s.source AS source, s.session AS session, s.resource AS resource, assumeNotNull(s.startedAt) AS startedAt,
                               o.source AS ruleSource, o.publishes AS publishes
                        FROM sessionsAt(size = {size:UInt64}) AS s
                        CROSS JOIN
                        (
                            SELECT source, source IN (SELECT source FROM pollsAt(size = {size:UInt64}) WHERE has(reports, 'masking-statistics')) AS publishes
                            FROM policyMaskingAt(size = {size:UInt64})
                            GROUP BY source
                        ) AS o
                        WHERE s.startIndex IS NOT NULL AND s.startedAt >= {from:DateTime64(6, 'UTC')} AND s.startedAt < {to:DateTime64(6, 'UTC')}
                    ) AS c
                    ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, inForceFrom
                                    FROM policiesAt(size = {size:UInt64}) WHERE inForceFrom < nextFrom) AS p
                        ON p.source = c.ruleSource AND c.startedAt >= p.inForceFrom
                ) AS c
                ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, knownFrom
                                FROM policiesAt(size = {size:UInt64}) WHERE knownFrom < nextFrom) AS p
                    ON p.source = c.ruleSource AND c.startedAt >= p.knownFrom
            ) AS c
            LEFT JOIN
            (
                SELECT source, policyIndex, arrayJoin(arrayDistinct(resources)) AS target, rule, 1 AS there
                FROM policyMaskingAt(size = {size:UInt64})
            ) AS m ON m.source = c.ruleSource AND m.policyIndex = c.policyIndex AND m.target = c.target
            GROUP BY source, session, ruleSource, policyIndex
        )
        GROUP BY source, session, ruleSource
    )
    GROUP BY source, session
) AS r ON r.source = s.source AND r.session = s.session
WHERE c.rows > 0 OR s.recordingBytes > 0 OR k.records > 0 OR d.there
ORDER BY time, `index`, subject
