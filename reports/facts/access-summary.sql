-- Sessions of the period by identity and resource: how many, for how long, and how they ended.
SELECT
    who, any(person) AS person, resource,
    countIf(started) AS sessions,
    countIf(NOT started) AS neverReleased,
    sum(durationMs) AS durationMs,
    countIf(started AND outcome = '') AS open,
    countIf(outcome = 'ok') AS ok,
    countIf(outcome = 'failed') AS failed,
    countIf(outcome = 'blocked') AS blocked,
    countIf(outcome = 'killed') AS killed,
    countIf(outcome = 'rejected') AS rejected,
    countIf(outcome = 'abandoned') AS abandoned
FROM
(
    SELECT
        e.source AS source, e.session AS session,
        argMaxIf(e.who, e.`index`, e.who != '') AS who,
        argMaxIf(e.person, e.`index`, e.person != '') AS person,
        argMaxIf(e.resource, e.`index`, e.resource != '') AS resource,
        countIf(e.kind = 'session.started') > 0 AS started,
        argMaxIf(toNullable(e.time), e.`index`, e.kind = 'session.started') AS startedAt,
        argMaxIf(toNullable(e.time), e.`index`, e.kind = 'session.requested') AS requestedAt,
        argMaxIf(toNullable(e.time), e.`index`, e.kind = 'session.ended') AS endedAt,
        argMaxIf(JSONExtractString(e.data, 'outcome'), e.`index`, e.kind = 'session.ended') AS outcome,
        argMaxIf(JSONExtract(e.data, 'durationMs', 'Nullable(Float64)'), e.`index`, e.kind = 'session.ended') AS statedMs,
        if(started, coalesce(statedMs, (toUnixTimestamp64Micro(endedAt) - toUnixTimestamp64Micro(startedAt)) / 1000, 0), 0) AS durationMs
    FROM events AS e
    WHERE e.kind IN ('session.requested', 'session.started', 'session.ended')
        AND e.log = {log:UInt16} AND e.`index` < {size:UInt64}
    GROUP BY source, session
)
WHERE coalesce(startedAt, requestedAt, endedAt) >= {from:DateTime64(6, 'UTC')}
    AND coalesce(startedAt, requestedAt, endedAt) < {to:DateTime64(6, 'UTC')}
GROUP BY who, resource
ORDER BY who, resource
