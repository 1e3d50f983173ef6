-- Every released session on a target whose rules demand an approval, and what was wrong with its approval.
SELECT
    s.subject AS subject, assumeNotNull(s.startedAt) AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    if(excluded = '', a.finding, '') AS exception,
    multiIf(
        d.unknown, 'policy-unknown',
        d.least != d.most AND a.finding != '', 'policy-uncertain',
        a.excluded) AS excluded,
    0 AS open,
    concat(a.detail, if(d.rules = '', '', concat(', rule ', d.rules))) AS detail
FROM (SELECT * FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
INNER JOIN
(
    SELECT
        source, session, min(demanded) AS least, max(demanded) AS most, max(policyIndex IS NULL) AS unknown,
        arrayStringConcat(arraySort(groupUniqArrayIf(rules, rules != '')), ', ') AS rules
    FROM sessionDemandsAt(size = {size:UInt64})
    GROUP BY source, session
    HAVING most OR unknown
) AS d ON d.source = s.source AND d.session = s.session
INNER JOIN sessionApprovalsAt(size = {size:UInt64}) AS a ON a.source = s.source AND a.session = s.session
ORDER BY time, `index`, subject
