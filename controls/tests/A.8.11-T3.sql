-- Every report of sensitive values on a target that the organisation tags as sensitive: were as many masked as were detected?
SELECT
    m.subject AS subject, m.time AS time, m.log AS log, m.`index` AS `index`, m.source AS source,
    s.who AS who, s.person AS person, if(m.resource != '', m.resource, s.resource) AS resource,
    multiIf(excluded != '', '', m.unmasked, 'unmasked', '') AS exception,
    if(NOT m.unmasked AND NOT m.countable, 'not re-performable: the source gives no number of detections', '') AS excluded,
    0 AS open,
    m.detail AS detail
FROM
(
    SELECT
        source, subject, time, log, `index`, resource, session,
        arrayExists((found, hidden) -> found IS NOT NULL AND hidden IS NOT NULL AND found != hidden, detected, masked) AS unmasked,
        total > 0 OR notEmpty(types) AND NOT arrayExists((found, hidden) -> found IS NULL OR hidden IS NULL, detected, masked) AS countable,
        concat(arrayStringConcat(arrayMap(
            (type, found, hidden) -> concat(type, ' ', ifNull(toString(hidden), '?'), ' of ', ifNull(toString(found), '?')),
            types, detected, masked), ', '), if(total > 0, concat(', masked in all ', toString(total)), '')) AS detail
    FROM maskingAt(size = {size:UInt64})
    UNION ALL
    SELECT
        e.source, e.subject, e.time, e.log, e.`index`, e.resource,
        if(e.session != '', e.session, substring(l.`to`, 9)) AS session,
        NOT JSONExtractBool(e.data, 'masked') AS unmasked,
        1 AS countable,
        concat(arrayStringConcat(JSONExtract(e.data, 'types', 'Array(String)'), ', '), if(unmasked, ', not masked', ', masked')) AS detail
    FROM (SELECT * FROM eventsAt(size = {size:UInt64}) WHERE kind = 'sensitive.detected' ORDER BY `index` DESC LIMIT 1 BY source, id) AS e
    LEFT JOIN sessionLinksAt(size = {size:UInt64}) AS l ON l.`from` = concat('relay/', JSONExtractString(e.data, 'relaySession'))
) AS m
LEFT JOIN
(
    SELECT session, argMax(who, startIndex) AS who, argMax(person, startIndex) AS person, argMax(resource, startIndex) AS resource
    FROM sessionsAt(size = {size:UInt64})
    WHERE startIndex IS NOT NULL
    GROUP BY session
) AS s ON s.session = m.session
WHERE m.time >= {from:DateTime64(6, 'UTC')} AND m.time < {to:DateTime64(6, 'UTC')}
    AND (m.session != '' AND m.session IN (SELECT session FROM taggedSessionsAt(size = {size:UInt64}, words = {sensitive:Array(String)}))
         OR m.resource != '' AND m.resource IN (SELECT resource FROM taggedResourcesAt(size = {size:UInt64}, words = {sensitive:Array(String)}, from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})))
ORDER BY time, `index`, subject
