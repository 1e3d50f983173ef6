-- What tests, pages and reports read. Every view shows each (log, index) once, however often a row was inserted.

CREATE OR REPLACE VIEW events AS
SELECT
    log, `index`, received, kind, source, id, subject, time, session, resource, who, entry, leaf, salts, `values`, key, mac,
    JSONExtractRaw(entry, 'data') AS data,
    JSONExtractRaw(`values`['person'], 'person') AS personJson,
    if(JSONExtractString(`values`['person'], 'person', 'email') != '',
       JSONExtractString(`values`['person'], 'person', 'email'),
       JSONExtractString(`values`['person'], 'person', 'id')) AS person
FROM entries FINAL;

-- One row per (source, session): what was asked for, what was released, how it ended. The latest version of each counts.
-- state: requested (never released), open (released, no end known), ended.
CREATE OR REPLACE VIEW sessions AS
SELECT
    source,
    session,
    concat('session/', session) AS subject,
    multiIf(startIndex IS NULL, 'requested', endIndex IS NULL, 'open', 'ended') AS state,
    coalesce(startLog, requestLog, endLog) AS log,
    coalesce(startIndex, requestIndex, endIndex) AS `index`,
    requestIndex, startIndex, endIndex,
    requestedAt, startedAt, startedBefore, endedAt,
    coalesce(startedAt, requestedAt, endedAt) AS time,
    if(startData != '', startWho, requestWho) AS who,
    if(startData != '', startPerson, requestPerson) AS person,
    JSONExtractString(if(startData != '', startPersonJson, requestPersonJson), 'name') AS personName,
    JSONExtract(startValues['person'], 'groups', 'Array(String)') AS groups,
    JSONExtractString(startValues['person'], 'sourceAddress') AS sourceAddress,
    JSONExtractString(startData, 'identityType') AS identityType,
    if(startData != '', JSONExtractString(startData, 'resource'), JSONExtractString(requestData, 'resource')) AS resource,
    if(startData != '', JSONExtractString(startData, 'resourceType'), JSONExtractString(requestData, 'resourceType')) AS resourceType,
    JSONExtractString(startData, 'environment') AS environment,
    JSONExtract(startData, 'tags', 'Map(String, String)') AS tags,
    JSONExtractString(startData, 'role') AS role,
    if(startData != '', JSONExtractString(startData, 'verb'), JSONExtractString(requestData, 'verb')) AS verb,
    JSONExtractString(startData, 'credentialMode') AS credentialMode,
    if(JSONExtractString(startData, 'approval') != '', JSONExtractString(startData, 'approval'), JSONExtractString(requestData, 'approval')) AS approval,
    JSONExtractString(startData, 'policy') AS policy,
    if(startData != '', JSONExtractString(startValues['content'], 'purpose'), JSONExtractString(requestValues['content'], 'purpose')) AS purpose,
    if(startData != '', JSONExtractString(startValues['content'], 'ticket'), JSONExtractString(requestValues['content'], 'ticket')) AS ticket,
    JSONExtractString(endData, 'outcome') AS outcome,
    JSONExtract(endData, 'exitCode', 'Nullable(Int64)') AS exitCode,
    JSONExtract(endData, 'durationMs', 'Nullable(Float64)') AS durationMs,
    JSONExtractString(endData, 'recording', 'sha256') AS recordingSha256,
    JSONExtractUInt(endData, 'recording', 'bytes') AS recordingBytes,
    JSONExtractBool(endData, 'recording', 'truncated') AS recordingTruncated,
    versions
FROM
(
    SELECT
        source, session,
        count() AS versions,
        argMaxIf(toNullable(log), `index`, kind = 'session.requested') AS requestLog,
        argMaxIf(toNullable(`index`), `index`, kind = 'session.requested') AS requestIndex,
        argMaxIf(toNullable(time), `index`, kind = 'session.requested') AS requestedAt,
        argMaxIf(data, `index`, kind = 'session.requested') AS requestData,
        argMaxIf(`values`, `index`, kind = 'session.requested') AS requestValues,
        argMaxIf(who, `index`, kind = 'session.requested') AS requestWho,
        argMaxIf(person, `index`, kind = 'session.requested') AS requestPerson,
        argMaxIf(personJson, `index`, kind = 'session.requested') AS requestPersonJson,
        argMaxIf(toNullable(log), `index`, kind = 'session.started') AS startLog,
        argMaxIf(toNullable(`index`), `index`, kind = 'session.started') AS startIndex,
        argMaxIf(toNullable(time), `index`, kind = 'session.started') AS startedAt,
        argMaxIf(parseDateTime64BestEffortOrNull(JSONExtractString(data, 'startedBefore'), 6, 'UTC'), `index`, kind = 'session.started') AS startedBefore,
        argMaxIf(data, `index`, kind = 'session.started') AS startData,
        argMaxIf(`values`, `index`, kind = 'session.started') AS startValues,
        argMaxIf(who, `index`, kind = 'session.started') AS startWho,
        argMaxIf(person, `index`, kind = 'session.started') AS startPerson,
        argMaxIf(personJson, `index`, kind = 'session.started') AS startPersonJson,
        argMaxIf(toNullable(log), `index`, kind = 'session.ended') AS endLog,
        argMaxIf(toNullable(`index`), `index`, kind = 'session.ended') AS endIndex,
        argMaxIf(toNullable(time), `index`, kind = 'session.ended') AS endedAt,
        argMaxIf(data, `index`, kind = 'session.ended') AS endData
    FROM events
    WHERE kind IN ('session.requested', 'session.started', 'session.ended')
    GROUP BY source, session
);

-- One row per decision ever seen: one person, one reviewer group, one verdict at one time. Later versions never remove one,
-- and a forced flag once seen stays.
CREATE OR REPLACE VIEW decisions AS
SELECT
    source,
    JSONExtractString(data, 'approval') AS approval,
    concat('approval/', approval) AS subject,
    time,
    JSONExtractString(data, 'group') AS `group`,
    JSONExtractString(data, 'decision') AS decision,
    JSONExtractString(data, 'approverWho') AS approverWho,
    min(e.log) AS log,
    min(e.`index`) AS `index`,
    max(JSONExtractBool(data, 'forced')) AS forced,
    argMax(e.session, e.`index`) AS session,
    argMax(e.resource, e.`index`) AS resource,
    argMax(JSONExtractString(data, 'requesterWho'), e.`index`) AS requesterWho,
    argMax(if(JSONExtractString(`values`['person.approver'], 'approver', 'email') != '',
              JSONExtractString(`values`['person.approver'], 'approver', 'email'),
              JSONExtractString(`values`['person.approver'], 'approver', 'id')), e.`index`) AS approver,
    argMax(if(JSONExtractString(`values`['person.requester'], 'requester', 'email') != '',
              JSONExtractString(`values`['person.requester'], 'requester', 'email'),
              JSONExtractString(`values`['person.requester'], 'requester', 'id')), e.`index`) AS requester,
    argMax(parseDateTime64BestEffortOrNull(JSONExtractString(data, 'validFrom'), 6, 'UTC'), e.`index`) AS validFrom,
    argMax(parseDateTime64BestEffortOrNull(JSONExtractString(data, 'validTo'), 6, 'UTC'), e.`index`) AS validTo,
    argMax(JSONExtractString(`values`['content'], 'reason'), e.`index`) AS reason,
    argMax(JSONExtractString(data, 'signature'), e.`index`) AS signature
FROM events AS e
WHERE kind = 'approval.decided'
GROUP BY source, approval, time, `group`, decision, approverWho;

-- One row per (source, approval) as it was asked for. Whether and when it was granted follows from `decisions`.
CREATE OR REPLACE VIEW approvalRequests AS
SELECT
    source,
    JSONExtractString(data, 'approval') AS approval,
    concat('approval/', approval) AS subject,
    argMax(e.log, e.`index`) AS log,
    min(e.`index`) AS firstIndex,
    max(e.`index`) AS latestIndex,
    argMax(time, e.`index`) AS requestedAt,
    argMax(e.session, e.`index`) AS session,
    argMax(who, e.`index`) AS requesterWho,
    argMax(person, e.`index`) AS requester,
    argMax(e.resource, e.`index`) AS resource,
    argMax(JSONExtractString(data, 'scope'), e.`index`) AS scope,
    argMax(JSONExtractString(data, 'kind'), e.`index`) AS approvalKind,
    argMax(JSONExtractString(data, 'rule'), e.`index`) AS rule,
    argMax(JSONExtract(data, 'needed', 'Nullable(UInt32)'), e.`index`) AS needed,
    argMax(JSONExtract(data, 'windowMs', 'Nullable(Float64)'), e.`index`) AS windowMs,
    argMax(JSONExtractString(`values`['content'], 'reason'), e.`index`) AS reason,
    argMax(JSONExtractString(`values`['content'], 'ticket'), e.`index`) AS ticket
FROM events AS e
WHERE kind = 'approval.requested'
GROUP BY source, approval;

-- The link in force between two subjects: the last one derived.
CREATE OR REPLACE VIEW links AS
SELECT
    source,
    JSONExtractString(data, 'from') AS `from`,
    argMax(JSONExtractString(data, 'to'), e.`index`) AS `to`,
    argMax(JSONExtractString(data, 'method'), e.`index`) AS method,
    argMax(JSONExtractString(data, 'confidence'), e.`index`) AS confidence,
    argMax(JSONExtractUInt(data, 'alternatives'), e.`index`) AS alternatives,
    argMax(e.log, e.`index`) AS log,
    max(e.`index`) AS `index`
FROM events AS e
WHERE kind = 'link.derived'
GROUP BY source, `from`, splitByChar('/', JSONExtractString(data, 'to'))[1];

-- Statements, executed and blocked. `session` is the one the source names, else the one a link leads to.
CREATE OR REPLACE VIEW commands AS
SELECT
    c.source AS source, c.log AS log, c.`index` AS `index`, c.time AS time, c.subject AS subject, c.kind AS kind,
    if(c.session != '', c.session, substring(l.`to`, 9)) AS session,
    JSONExtractString(c.data, 'relaySession') AS relaySession,
    JSONExtractUInt(c.data, 'seq') AS seq,
    c.resource AS resource,
    c.who AS who,
    c.person AS person,
    JSONExtractString(c.data, 'language') AS language,
    JSONExtractString(c.data, 'class') AS class,
    JSONExtractString(c.`values`['content'], 'statement') AS statement,
    JSONExtractBool(c.data, 'statementTruncated') AS statementTruncated,
    c.`values`['content'] = '' AS statementErased,
    if(c.kind = 'command.blocked', 'blocked', JSONExtractString(c.data, 'decision')) AS decision,
    JSONExtractString(c.data, 'result') AS result,
    JSONExtract(c.data, 'rows', 'Nullable(UInt64)') AS rows,
    JSONExtractString(c.data, 'rule') AS rule,
    JSONExtractString(c.data, 'direction') AS direction,
    JSONExtractString(c.data, 'action') AS action
FROM (SELECT * FROM events WHERE kind IN ('command.executed', 'command.blocked') ORDER BY `index` DESC LIMIT 1 BY source, kind, subject, JSONExtractUInt(data, 'seq')) AS c
LEFT JOIN (SELECT * FROM links WHERE startsWith(`to`, 'session/') AND confidence != 'ambiguous') AS l
    ON l.`from` = concat('relay/', JSONExtractString(c.data, 'relaySession'));

CREATE OR REPLACE VIEW masking AS
SELECT
    m.source AS source, m.log AS log, m.`index` AS `index`, m.time AS time, m.subject AS subject,
    if(m.session != '', m.session, substring(l.`to`, 9)) AS session,
    JSONExtractString(m.data, 'relaySession') AS relaySession,
    m.resource AS resource,
    arrayMap(t -> JSONExtractString(t, 'type'), JSONExtractArrayRaw(m.data, 'types')) AS types,
    arrayMap(t -> JSONExtract(t, 'detected', 'Nullable(UInt64)'), JSONExtractArrayRaw(m.data, 'types')) AS detected,
    arrayMap(t -> JSONExtract(t, 'masked', 'Nullable(UInt64)'), JSONExtractArrayRaw(m.data, 'types')) AS masked,
    JSONExtractUInt(m.data, 'total') AS total,
    JSONExtractUInt(m.data, 'analysedBytes') AS analysedBytes,
    JSONExtractUInt(m.data, 'errors') AS errors,
    JSONExtractString(m.data, 'rule') AS rule
FROM (SELECT * FROM events WHERE kind = 'masking.applied' ORDER BY `index` DESC LIMIT 1 BY source, id) AS m
LEFT JOIN (SELECT * FROM links WHERE startsWith(`to`, 'session/') AND confidence != 'ambiguous') AS l
    ON l.`from` = concat('relay/', JSONExtractString(m.data, 'relaySession'));

-- Policy snapshots in order. In force for certain in [inForceFrom, inForceTo); in [inForceTo, nextFrom) either this one or the next.
CREATE OR REPLACE VIEW policies AS
SELECT
    p.source AS source, p.sha256 AS sha256, p.previous AS previous, p.log AS log, p.`index` AS `index`, p.time AS time,
    p.observedFrom AS observedFrom,
    p.observedTo AS inForceFrom,
    p.inForceTo AS inForceTo,
    p.nextFrom AS nextFrom,
    a.bytes AS document
FROM
(
    SELECT
        source, log, `index`, time,
        JSONExtractString(data, 'sha256') AS sha256,
        JSONExtractString(data, 'previous') AS previous,
        parseDateTime64BestEffortOrNull(JSONExtractString(data, 'observedBetween', 1), 6, 'UTC') AS observedFrom,
        parseDateTime64BestEffort(JSONExtractString(data, 'observedBetween', 2), 6, 'UTC') AS observedTo,
        leadInFrame(observedFrom, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
            OVER (PARTITION BY source ORDER BY time, `index` ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS inForceTo,
        leadInFrame(observedTo, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
            OVER (PARTITION BY source ORDER BY time, `index` ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS nextFrom
    FROM events
    WHERE kind = 'policy.snapshotted'
) AS p
LEFT JOIN (SELECT toString(sha256) AS sha256, bytes FROM artefacts FINAL) AS a ON a.sha256 = p.sha256;

-- Completeness records of collector runs.
CREATE OR REPLACE VIEW polls AS
SELECT
    JSONExtractString(data, 'source') AS source,
    log, `index`, time, received,
    JSONExtractString(data, 'sourceKind') AS sourceKind,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'window', 'from'), 6, 'UTC') AS windowFrom,
    parseDateTime64BestEffort(JSONExtractString(data, 'window', 'to'), 6, 'UTC') AS windowTo,
    JSONExtractUInt(data, 'seen') AS seen,
    JSONExtractUInt(data, 'new') AS new,
    JSONExtractUInt(data, 'changed') AS changed,
    JSONExtractUInt(data, 'refused') AS refused,
    JSONExtractFloat(data, 'lagMs') AS lagMs,
    JSONExtract(data, 'clockOffsetMs', 'Nullable(Float64)') AS clockOffsetMs,
    JSONExtract(data, 'reports', 'Array(String)') AS reports,
    JSONExtractUInt(data, 'ambiguousLinks') AS ambiguousLinks
FROM events
WHERE kind = 'source.polled';

-- Every change of an identity that a source's own lists showed, oldest first by index.
CREATE OR REPLACE VIEW identityChanges AS
SELECT
    source, log, `index`, time,
    JSONExtractString(data, 'identityWho') AS who,
    JSONExtractString(data, 'identityType') AS identityType,
    JSONExtractString(data, 'change') AS change,
    JSONExtractString(data, 'group') AS `group`,
    JSONExtractString(data, 'ownerWho') AS ownerWho,
    if(JSONExtractString(`values`['person.identity'], 'identity', 'email') != '',
       JSONExtractString(`values`['person.identity'], 'identity', 'email'),
       JSONExtractString(`values`['person.identity'], 'identity', 'id')) AS identity,
    JSONExtractString(`values`['person.identity'], 'identity', 'name') AS name,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'observedBetween', 1), 6, 'UTC') AS observedFrom,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'observedBetween', 2), 6, 'UTC') AS observedTo
FROM events
WHERE kind = 'identity.changed';

-- One row per identity of a source: what it is, and whether it is still there.
CREATE OR REPLACE VIEW identities AS
SELECT
    source, who,
    argMaxIf(identity, `index`, identity != '') AS identity,
    argMaxIf(name, `index`, name != '') AS name,
    argMaxIf(identityType, `index`, identityType != '') AS identityType,
    argMaxIf(ownerWho, `index`, ownerWho != '') AS ownerWho,
    min(time) AS firstSeen,
    argMaxIf(toNullable(time), `index`, change = 'left') AS leftAt,
    argMaxIf(change, `index`, change IN ('seen', 'joined', 'enabled', 'disabled', 'left')) AS status
FROM identityChanges
GROUP BY source, who;

CREATE OR REPLACE VIEW refusals AS
SELECT
    JSONExtractString(data, 'source') AS source,
    log, `index`, time, received,
    JSONExtractUInt(data, 'line') AS line,
    JSONExtractUInt(data, 'offset') AS offset,
    JSONExtractString(data, 'code') AS code,
    JSONExtractString(`values`['content'], 'reason') AS reason,
    JSONExtractString(`values`['content'], 'raw') AS raw
FROM events
WHERE kind = 'event.refused';

-- Accepted exceptions: the last word on each item.
CREATE OR REPLACE VIEW acceptances AS
SELECT
    JSONExtractString(data, 'about') AS about,
    argMax(JSONExtractString(data, 'byWho'), e.`index`) AS byWho,
    argMax(JSONExtractString(`values`['person.by'], 'by', 'email'), e.`index`) AS acceptedBy,
    argMax(parseDateTime64BestEffortOrNull(JSONExtractString(data, 'until'), 6, 'UTC'), e.`index`) AS until,
    argMax(JSONExtractString(`values`['content'], 'reason'), e.`index`) AS reason,
    max(e.`index`) AS `index`
FROM events AS e
WHERE kind = 'exception.accepted'
GROUP BY about;
