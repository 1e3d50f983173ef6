-- Every grant on a production or sensitive target, in the rules that may have been in force when the period ended.
SELECT
    concat('policy/', source) AS subject, endsAt AS time, max(log) AS log, max(policyIndex) AS `index`, source,
    '' AS who, '' AS person, resource,
    if(excluded = '' AND (principal = '*' OR endsWith(principal, ':*')), 'wildcard-grant', '') AS exception,
    if(uniqExact(policyIndex) < any(candidates), 'policy-uncertain', '') AS excluded,
    0 AS open,
    concat('granted to ', principal, if(empty(any(roles)), '', concat(' as ', arrayStringConcat(any(roles), ', ')))) AS detail
FROM
(
    SELECT
        subtractMicroseconds(least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}), 1) AS endsAt,
        t.source AS source, t.policyIndex AS policyIndex, t.resource AS resource, g.principal AS principal, g.roles AS roles,
        c.candidates AS candidates, c.log AS log
    FROM
    (
        SELECT *, arrayJoin([resource, '*']) AS target
        FROM policyResourcesAt(size = {size:UInt64})
        WHERE has(arrayMap(word -> lower(word), {production:Array(String)}), lower(tags[{environment:String}]))
            OR hasAny(arrayMap(word -> lower(word), {sensitive:Array(String)}),
                      arrayMap(word -> lower(word), arrayConcat(mapValues(tags), mapKeys(mapFilter((name, value) -> lower(value) NOT IN ('false', 'no', '0'), tags)))))
    ) AS t
    INNER JOIN policyGrantsAt(size = {size:UInt64}) AS g ON g.source = t.source AND g.policyIndex = t.policyIndex AND g.resource = t.target
    INNER JOIN
    (
        SELECT source, `index` AS policyIndex, log, count() OVER (PARTITION BY source) AS candidates
        FROM policiesAt(size = {size:UInt64})
        WHERE knownFrom < least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')})
            AND nextFrom >= least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')})
            AND inForceFrom < nextFrom
            AND {from:DateTime64(6, 'UTC')} < {asOf:DateTime64(6, 'UTC')}
    ) AS c ON c.source = t.source AND c.policyIndex = t.policyIndex
    WHERE g.until IS NULL OR g.until > endsAt
)
GROUP BY source, endsAt, resource, principal
ORDER BY time, `index`, subject, resource, detail
