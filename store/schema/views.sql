-- What tests, pages and reports read. Every view shows each (log, index) once, however often a row was inserted.
-- <name>At(size = n) shows the log as it was when it had n entries; <name> shows all of it.

CREATE OR REPLACE VIEW eventsAt AS
SELECT
    log, `index`, received, kind, source, id, subject, time, session, resource, who, entry, leaf, salts, `values`, key, mac,
    JSONExtractRaw(entry, 'data') AS data,
    length(JSONExtractArrayRaw(entry, '_sd')) > arrayCount(value -> value != '', mapValues(`values`)) AS erased,
    JSONExtractRaw(`values`['person'], 'person') AS personJson,
    if(JSONExtractString(`values`['person'], 'person', 'email') != '',
       JSONExtractString(`values`['person'], 'person', 'email'),
       JSONExtractString(`values`['person'], 'person', 'id')) AS person
FROM entries FINAL
WHERE `index` < {size:UInt64};
CREATE OR REPLACE VIEW events AS SELECT * FROM eventsAt(size = 18446744073709551615);

-- One row per (source, session): what was asked for, what was released, how it ended. The latest version of each counts.
-- state: requested (never released), open (released, no end known), ended.
CREATE OR REPLACE VIEW sessionsAt AS
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
    JSONHas(endData, 'recording') AS recordingKnown,
    startErased,
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
        argMaxIf(erased, `index`, kind = 'session.started') AS startErased,
        argMaxIf(toNullable(log), `index`, kind = 'session.ended') AS endLog,
        argMaxIf(toNullable(`index`), `index`, kind = 'session.ended') AS endIndex,
        argMaxIf(toNullable(time), `index`, kind = 'session.ended') AS endedAt,
        argMaxIf(data, `index`, kind = 'session.ended') AS endData
    FROM eventsAt(size = {size:UInt64})
    WHERE kind IN ('session.requested', 'session.started', 'session.ended')
    GROUP BY source, session
);
CREATE OR REPLACE VIEW sessions AS SELECT * FROM sessionsAt(size = 18446744073709551615);

-- One row per decision ever seen: one person, one reviewer group, one verdict at one time. Later versions never remove one,
-- and a forced flag once seen stays.
CREATE OR REPLACE VIEW decisionsAt AS
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
    argMax(JSONExtractString(data, 'signature'), e.`index`) AS signature,
    argMax(e.erased, e.`index`) AS erased
FROM eventsAt(size = {size:UInt64}) AS e
WHERE kind = 'approval.decided'
GROUP BY source, approval, time, `group`, decision, approverWho;
CREATE OR REPLACE VIEW decisions AS SELECT * FROM decisionsAt(size = 18446744073709551615);

-- One row per (source, approval) as it was asked for. Whether and when it was granted follows from `decisions`.
CREATE OR REPLACE VIEW approvalRequestsAt AS
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
    argMax(JSONExtractString(`values`['content'], 'ticket'), e.`index`) AS ticket,
    argMax(e.erased, e.`index`) AS erased
FROM eventsAt(size = {size:UInt64}) AS e
WHERE kind = 'approval.requested'
GROUP BY source, approval;
CREATE OR REPLACE VIEW approvalRequests AS SELECT * FROM approvalRequestsAt(size = 18446744073709551615);

-- The link in force between two subjects: the last one derived.
CREATE OR REPLACE VIEW linksAt AS
SELECT
    source,
    JSONExtractString(data, 'from') AS `from`,
    argMax(JSONExtractString(data, 'to'), e.`index`) AS `to`,
    argMax(JSONExtractString(data, 'method'), e.`index`) AS method,
    argMax(JSONExtractString(data, 'confidence'), e.`index`) AS confidence,
    argMax(JSONExtractUInt(data, 'alternatives'), e.`index`) AS alternatives,
    argMax(e.log, e.`index`) AS log,
    max(e.`index`) AS `index`
FROM eventsAt(size = {size:UInt64}) AS e
WHERE kind = 'link.derived'
GROUP BY source, `from`, splitByChar('/', JSONExtractString(data, 'to'))[1];
CREATE OR REPLACE VIEW links AS SELECT * FROM linksAt(size = 18446744073709551615);

-- The session that a relay session belongs to: the last unambiguous word, whichever source derived it.
CREATE OR REPLACE VIEW sessionLinksAt AS
SELECT `from`, `to`, method
FROM linksAt(size = {size:UInt64})
WHERE startsWith(`to`, 'session/') AND confidence != 'ambiguous'
ORDER BY `index` DESC
LIMIT 1 BY `from`;

-- Statements, executed and blocked. `session` is the one the source names, else the one a link leads to.
CREATE OR REPLACE VIEW commandsAt AS
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
    -- A large statement is kept as an artefact: the JSON text of the value, under this digest.
    JSONExtractString(c.`values`['content'], 'statement', '$artefact') AS statementArtefact,
    JSONExtractBool(c.data, 'statementTruncated') AS statementTruncated,
    c.`values`['content'] = '' AS statementErased,
    if(c.kind = 'command.blocked', 'blocked', JSONExtractString(c.data, 'decision')) AS decision,
    JSONExtractString(c.data, 'result') AS result,
    JSONExtract(c.data, 'rows', 'Nullable(UInt64)') AS rows,
    JSONExtractString(c.data, 'rule') AS rule,
    JSONExtractString(c.data, 'direction') AS direction,
    JSONExtractString(c.data, 'action') AS action
FROM (SELECT * FROM eventsAt(size = {size:UInt64}) WHERE kind IN ('command.executed', 'command.blocked') ORDER BY `index` DESC LIMIT 1 BY source, kind, subject, JSONExtractUInt(data, 'seq')) AS c
LEFT JOIN sessionLinksAt(size = {size:UInt64}) AS l ON l.`from` = concat('relay/', JSONExtractString(c.data, 'relaySession'));
CREATE OR REPLACE VIEW commands AS SELECT * FROM commandsAt(size = 18446744073709551615);

CREATE OR REPLACE VIEW maskingAt AS
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
FROM (SELECT * FROM eventsAt(size = {size:UInt64}) WHERE kind = 'masking.applied' ORDER BY `index` DESC LIMIT 1 BY source, id) AS m
LEFT JOIN sessionLinksAt(size = {size:UInt64}) AS l ON l.`from` = concat('relay/', JSONExtractString(m.data, 'relaySession'));
CREATE OR REPLACE VIEW masking AS SELECT * FROM maskingAt(size = 18446744073709551615);

-- Policy snapshots in order. In force for certain in [inForceFrom, inForceTo); in [inForceTo, nextFrom) either this one or the next.
CREATE OR REPLACE VIEW snapshotsAt AS
SELECT
    source, log, `index`, time,
    JSONExtractString(data, 'sha256') AS sha256,
    JSONExtractString(data, 'previous') AS previous,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'observedBetween', 1), 6, 'UTC') AS observedFrom,
    parseDateTime64BestEffort(JSONExtractString(data, 'observedBetween', 2), 6, 'UTC') AS inForceFrom,
    -- A policy that was read once holds for the microsecond of that reading: the intervals of one source follow each other.
    greatest(coalesce(observedFrom, inForceFrom),
             addMicroseconds(lagInFrame(inForceFrom, 1, toDateTime64('1900-01-01 00:00:00', 6, 'UTC'))
                 OVER (PARTITION BY source ORDER BY time, `index` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 1)) AS knownFrom,
    greatest(addMicroseconds(inForceFrom, 1), leadInFrame(coalesce(observedFrom, inForceFrom), 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
        OVER (PARTITION BY source ORDER BY time, `index` ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)) AS inForceTo,
    leadInFrame(inForceFrom, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
        OVER (PARTITION BY source ORDER BY time, `index` ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS nextFrom
FROM eventsAt(size = {size:UInt64})
WHERE kind = 'policy.snapshotted';

-- The same with their documents.
CREATE OR REPLACE VIEW policiesAt AS
SELECT
    p.source AS source, p.sha256 AS sha256, p.previous AS previous, p.log AS log, p.`index` AS `index`, p.time AS time,
    p.observedFrom AS observedFrom, p.knownFrom AS knownFrom, p.inForceFrom AS inForceFrom, p.inForceTo AS inForceTo, p.nextFrom AS nextFrom,
    a.bytes AS document
FROM snapshotsAt(size = {size:UInt64}) AS p
LEFT JOIN (SELECT toString(sha256) AS sha256, bytes FROM artefacts FINAL) AS a ON a.sha256 = p.sha256;
CREATE OR REPLACE VIEW policies AS SELECT * FROM policiesAt(size = 18446744073709551615);

-- Completeness records of collector runs.
CREATE OR REPLACE VIEW pollsAt AS
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
FROM eventsAt(size = {size:UInt64})
WHERE kind = 'source.polled';
CREATE OR REPLACE VIEW polls AS SELECT * FROM pollsAt(size = 18446744073709551615);

-- Every change of an identity that a source's own lists showed, oldest first by index.
CREATE OR REPLACE VIEW identityChangesAt AS
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
FROM eventsAt(size = {size:UInt64})
WHERE kind = 'identity.changed';
CREATE OR REPLACE VIEW identityChanges AS SELECT * FROM identityChangesAt(size = 18446744073709551615);

-- One row per identity of a source: what it is, and whether it is still there.
CREATE OR REPLACE VIEW identitiesAt AS
SELECT
    source, who,
    argMaxIf(identity, `index`, identity != '') AS identity,
    argMaxIf(name, `index`, name != '') AS name,
    argMaxIf(identityType, `index`, identityType != '') AS identityType,
    argMaxIf(ownerWho, `index`, ownerWho != '') AS ownerWho,
    max(c.identityType = 'human') AS everHuman,
    min(time) AS firstSeen,
    argMaxIf(toNullable(time), `index`, change = 'left') AS leftAt,
    argMaxIf(change, `index`, change IN ('seen', 'joined', 'enabled', 'disabled', 'left')) AS status
FROM identityChangesAt(size = {size:UInt64}) AS c
GROUP BY source, who;
CREATE OR REPLACE VIEW identities AS SELECT * FROM identitiesAt(size = 18446744073709551615);

CREATE OR REPLACE VIEW refusalsAt AS
SELECT
    JSONExtractString(data, 'source') AS source,
    log, `index`, time, received,
    JSONExtractUInt(data, 'line') AS line,
    JSONExtractUInt(data, 'offset') AS offset,
    JSONExtractString(data, 'code') AS code,
    JSONExtractString(`values`['content'], 'reason') AS reason,
    JSONExtractString(`values`['content'], 'raw') AS raw
FROM eventsAt(size = {size:UInt64})
WHERE kind = 'event.refused';
CREATE OR REPLACE VIEW refusals AS SELECT * FROM refusalsAt(size = 18446744073709551615);

-- Accepted exceptions: the last word on each item.
CREATE OR REPLACE VIEW acceptancesAt AS
SELECT
    JSONExtractString(data, 'about') AS about,
    argMax(JSONExtractString(data, 'byWho'), e.`index`) AS byWho,
    argMax(JSONExtractString(`values`['person.by'], 'by', 'email'), e.`index`) AS acceptedBy,
    argMax(parseDateTime64BestEffortOrNull(JSONExtractString(data, 'until'), 6, 'UTC'), e.`index`) AS until,
    argMax(JSONExtractString(`values`['content'], 'reason'), e.`index`) AS reason,
    max(e.`index`) AS `index`
FROM eventsAt(size = {size:UInt64}) AS e
WHERE kind = 'exception.accepted'
GROUP BY about;
CREATE OR REPLACE VIEW acceptances AS SELECT * FROM acceptancesAt(size = 18446744073709551615);

-- The items of the policy documents, one row each, with the snapshot they belong to. A snapshot is possibly in force from
-- knownFrom, certainly in [inForceFrom, inForceTo), and possibly until nextFrom.
CREATE OR REPLACE VIEW policyResourcesAt AS
SELECT
    source, sha256, `index` AS policyIndex, knownFrom, inForceFrom, inForceTo, nextFrom,
    JSONExtractString(item, 'name') AS resource,
    JSONExtractString(item, 'type') AS resourceType,
    JSONExtract(item, 'tags', 'Map(String, String)') AS tags,
    JSONExtractString(item, 'owner') AS owner,
    JSONExtractBool(item, 'recording') AS recording
FROM policiesAt(size = {size:UInt64})
ARRAY JOIN JSONExtractArrayRaw(document, 'resources') AS item;
CREATE OR REPLACE VIEW policyResources AS SELECT * FROM policyResourcesAt(size = 18446744073709551615);

CREATE OR REPLACE VIEW policyGrantsAt AS
SELECT
    source, sha256, `index` AS policyIndex, knownFrom, inForceFrom, inForceTo, nextFrom,
    JSONExtractString(item, 'principal') AS principal,
    JSONExtractString(item, 'resource') AS resource,
    JSONExtract(item, 'roles', 'Array(String)') AS roles,
    parseDateTime64BestEffortOrNull(JSONExtractString(item, 'until'), 6, 'UTC') AS until
FROM policiesAt(size = {size:UInt64})
ARRAY JOIN JSONExtractArrayRaw(document, 'grants') AS item;
CREATE OR REPLACE VIEW policyGrants AS SELECT * FROM policyGrantsAt(size = 18446744073709551615);

CREATE OR REPLACE VIEW policyApprovalRulesAt AS
SELECT
    source, sha256, `index` AS policyIndex, knownFrom, inForceFrom, inForceTo, nextFrom,
    JSONExtractString(item, 'rule') AS rule,
    JSONExtract(item, 'resources', 'Array(String)') AS resources,
    JSONExtract(item, 'kinds', 'Array(String)') AS kinds,
    JSONExtract(item, 'requiredFor', 'Array(String)') AS requiredFor,
    JSONExtract(item, 'reviewers', 'Array(String)') AS reviewers,
    JSONExtractUInt(item, 'needed') AS needed,
    JSONExtract(item, 'force', 'Array(String)') AS force,
    JSONExtract(item, 'skip', 'Array(String)') AS skip,
    JSONExtract(item, 'maxDurationMs', 'Nullable(Float64)') AS maxDurationMs
FROM policiesAt(size = {size:UInt64})
ARRAY JOIN JSONExtractArrayRaw(document, 'approvals') AS item;
CREATE OR REPLACE VIEW policyApprovalRules AS SELECT * FROM policyApprovalRulesAt(size = 18446744073709551615);

CREATE OR REPLACE VIEW policyMaskingAt AS
SELECT
    source, sha256, `index` AS policyIndex, knownFrom, inForceFrom, inForceTo, nextFrom,
    JSONExtractString(item, 'rule') AS rule,
    JSONExtract(item, 'resources', 'Array(String)') AS resources,
    JSONExtract(item, 'types', 'Array(String)') AS types
FROM policiesAt(size = {size:UInt64})
ARRAY JOIN JSONExtractArrayRaw(document, 'masking') AS item;
CREATE OR REPLACE VIEW policyMasking AS SELECT * FROM policyMaskingAt(size = 18446744073709551615);

CREATE OR REPLACE VIEW policyBlockingAt AS
SELECT
    source, sha256, `index` AS policyIndex, knownFrom, inForceFrom, inForceTo, nextFrom,
    JSONExtractString(item, 'rule') AS rule,
    JSONExtract(item, 'resources', 'Array(String)') AS resources,
    JSONExtractString(item, 'direction') AS direction,
    JSONExtractString(item, 'action') AS action,
    JSONExtract(item, 'words', 'Array(String)') AS words,
    JSONExtract(item, 'patterns', 'Array(String)') AS patterns,
    JSONExtract(item, 'operations', 'Array(String)') AS operations,
    JSONExtract(item, 'entities', 'Array(String)') AS entities,
    JSONExtractBool(item, 'caseSensitive') AS caseSensitive
FROM policiesAt(size = {size:UInt64})
ARRAY JOIN JSONExtractArrayRaw(document, 'blocking') AS item;
CREATE OR REPLACE VIEW policyBlocking AS SELECT * FROM policyBlockingAt(size = 18446744073709551615);

CREATE OR REPLACE VIEW policyMembersAt AS
SELECT
    source, sha256, `index` AS policyIndex, knownFrom, inForceFrom, inForceTo, nextFrom,
    JSONExtractString(item, 'group') AS `group`,
    JSONExtractString(item, 'identity') AS who
FROM policiesAt(size = {size:UInt64})
ARRAY JOIN JSONExtractArrayRaw(document, 'members') AS item;
CREATE OR REPLACE VIEW policyMembers AS SELECT * FROM policyMembersAt(size = 18446744073709551615);

-- Released sessions with every snapshot that may have been in force at their start: one row when it is certain, two when
-- the start lies in the interval of a change, one with policyIndex NULL when no snapshot of the source is that old.
-- principals: the names under which that snapshot knows the person of the session.
CREATE OR REPLACE VIEW sessionPoliciesAt AS
SELECT
    c.source AS source, c.session AS session, c.startedAt AS startedAt, c.who AS who, c.resource AS resource,
    c.role AS role, c.policyIndex AS policyIndex,
    arrayConcat(
        ['*'],
        if(c.who = '', [], [concat('user:', c.who)]),
        arrayMap(name -> concat('machine:', name), arrayFilter(name -> name != '', [c.person, c.personName, c.who])),
        arrayMap(name -> concat('group:', name), m.groups)) AS principals
FROM
(
    SELECT
        s.source AS source, s.session AS session, s.startedAt AS startedAt, s.who AS who, s.person AS person,
        s.personName AS personName, s.resource AS resource, s.role AS role,
        arrayJoin(if(s.certain IS NULL AND p.policyIndex IS NULL, [NULL],
                     arrayDistinct(arrayFilter(i -> i IS NOT NULL, [s.certain, p.policyIndex])))) AS policyIndex
    FROM
    (
        SELECT
            s.source AS source, s.session AS session, assumeNotNull(s.startedAt) AS startedAt, s.who AS who,
            s.person AS person, s.personName AS personName, s.resource AS resource, s.role AS role, p.policyIndex AS certain
        FROM (SELECT source, session, startedAt, who, person, personName, resource, role
              FROM sessionsAt(size = {size:UInt64}) WHERE startIndex IS NOT NULL) AS s
        ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, inForceFrom
                        FROM snapshotsAt(size = {size:UInt64}) WHERE inForceFrom < nextFrom) AS p
            ON s.source = p.source AND assumeNotNull(s.startedAt) >= p.inForceFrom
    ) AS s
    ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, knownFrom
                    FROM snapshotsAt(size = {size:UInt64}) WHERE knownFrom < nextFrom) AS p
        ON s.source = p.source AND s.startedAt >= p.knownFrom
) AS c
LEFT JOIN
(
    SELECT source, policyIndex, who, groupUniqArray(`group`) AS groups
    FROM policyMembersAt(size = {size:UInt64})
    GROUP BY source, policyIndex, who
) AS m ON m.source = c.source AND m.policyIndex = c.policyIndex AND m.who = c.who;

-- Per released session and possible snapshot: do the approval rules demand an approval, or does a skip group lift the demand?
CREATE OR REPLACE VIEW sessionDemandsAt AS
SELECT
    p.source AS source, p.session AS session, p.policyIndex AS policyIndex,
    max(r.covers AND hasAny(r.requiredFor, p.principals) AND NOT hasAny(r.skip, p.principals)) AS demanded,
    max(r.covers AND hasAny(r.requiredFor, p.principals) AND hasAny(r.skip, p.principals)) AND NOT demanded AS skipped,
    arrayStringConcat(arraySort(groupUniqArrayIf(r.rule, r.covers AND hasAny(r.requiredFor, p.principals))), ', ') AS rules
FROM (SELECT *, arrayJoin([resource, '*']) AS target FROM sessionPoliciesAt(size = {size:UInt64})) AS p
LEFT JOIN
(
    SELECT source, policyIndex, arrayJoin(arrayDistinct(resources)) AS target, rule, requiredFor, skip, 1 AS covers
    FROM policyApprovalRulesAt(size = {size:UInt64})
) AS r ON r.source = p.source AND r.policyIndex = p.policyIndex AND r.target = p.target
GROUP BY p.source, p.session, p.policyIndex;

-- Approval rules that may have been in force when an approval was asked for (or first decided, when no request is known).
CREATE OR REPLACE VIEW approvalRulesAt AS
SELECT
    a.source AS source, a.approval AS approval, a.policyIndex AS policyIndex,
    r.rule AS rule, r.needed AS needed, r.force AS force
FROM
(
    SELECT
        a.source AS source, a.approval AS approval, a.rule AS rule, a.resource AS resource,
        arrayJoin(arrayDistinct(arrayFilter(i -> i IS NOT NULL, [a.certain, p.policyIndex]))) AS policyIndex
    FROM
    (
        SELECT a.source AS source, a.approval AS approval, a.rule AS rule, a.resource AS resource, a.askedAt AS askedAt, p.policyIndex AS certain
        FROM
        (
            SELECT source, JSONExtractString(data, 'approval') AS approval, max(JSONExtractString(data, 'rule')) AS rule,
                   max(resource) AS resource, min(time) AS askedAt
            FROM eventsAt(size = {size:UInt64})
            WHERE kind IN ('approval.requested', 'approval.decided')
            GROUP BY source, approval
        ) AS a
        ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, inForceFrom
                        FROM snapshotsAt(size = {size:UInt64}) WHERE inForceFrom < nextFrom) AS p
            ON a.source = p.source AND a.askedAt >= p.inForceFrom
    ) AS a
    ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, knownFrom
                    FROM snapshotsAt(size = {size:UInt64}) WHERE knownFrom < nextFrom) AS p
        ON a.source = p.source AND a.askedAt >= p.knownFrom
) AS a
INNER JOIN policyApprovalRulesAt(size = {size:UInt64}) AS r ON r.source = a.source AND r.policyIndex = a.policyIndex
WHERE if(a.rule != '', r.rule = a.rule, has(r.resources, a.resource) OR has(r.resources, '*'));

-- One row per (source, approval): the request, when the decisions completed it, and what ended it.
-- needed: the request's, else the largest of the rules in force at the request, else 1 (neededFrom says which).
-- grantedAt: the decision that completes `needed` distinct groups since the last rejection; a forced one at once.
-- Valid in [validFrom, validTo), and ended earlier by endedAt: the first rejection, revocation or cancellation after the grant.
-- withdrawnUnseen: only the revocation is known, which says that there was a grant before it.
CREATE OR REPLACE VIEW approvalsAt AS
SELECT
    source, approval, concat('approval/', approval) AS subject,
    requestLog, requestIndex, requestedAt, session, requesterWho, requester, resource, scope, approvalKind, rule, windowMs, reason, ticket,
    decisionReason, decisionErased, needed, neededFrom,
    if(grantAt = 0, NULL, g.1) AS grantedAt,
    if(grantAt = 0, NULL, g.2) AS grantedIndex,
    g.9 AS grantedLog,
    if(grantAt = 0, NULL, coalesce(g.7, g.1)) AS validFrom,
    multiIf(grantAt = 0, NULL, notEmpty(ends), arrayMax(ends), expiry.4 = 'expired', expiry.1, NULL) AS validTo,
    multiIf(stopAt > 0, e.1, withdrawnUnseen, r.1, NULL) AS endedAt,
    multiIf(stopAt > 0, e.4, withdrawnUnseen, 'revoked', '') AS endedHow,
    multiIf(stopAt > 0, e.2, withdrawnUnseen, r.2, 0) AS endedIndex,
    grantAt = 0 AND r.4 = 'revoked' AS withdrawnUnseen,
    forceAt > 0 OR forcedElsewhere AS forced,
    if(forceAt = 0, forcedElsewhereAt, f.1) AS forcedAt,
    if(forceAt = 0, forcedElsewhereIndex, f.2) AS forcedIndex,
    if(forceAt = 0, forcedElsewhereWho, f.6) AS forcedWho,
    f.10 AS forcedBy,
    approverWhos, approvers, unnamedApprovers, unsigned, grantedDecisions
FROM
(
    SELECT
        * EXCEPT (s, part),
        s[grantAt] AS g, s[forceAt] AS f,
        arrayFirstIndex((d, j) -> grantAt > 0 AND j > grantAt AND d.4 NOT IN ('granted', 'expired'), s, arrayEnumerate(s)) AS stopAt,
        s[stopAt] AS e,
        arrayFirst(d -> d.4 = 'revoked', s) AS r,
        arrayFirst(d -> d.4 = 'expired', s) AS expiry,
        arrayMap(d -> assumeNotNull(d.8), arrayFilter((d, p) -> d.4 = 'granted' AND d.8 IS NOT NULL AND p = part[grantAt], s, part)) AS ends,
        arrayFilter((d, p, j) -> d.4 = 'granted' AND j <= grantAt AND p = part[grantAt], s, part, arrayEnumerate(s)) AS granting,
        arrayDistinct(arrayFilter(w -> w != '', granting.6)) AS approverWhos,
        arrayDistinct(arrayFilter(w -> w != '', granting.10)) AS approvers,
        arrayCount(w -> w = '', granting.6) AS unnamedApprovers,
        arrayCount((step, sig) -> step = 'granted' AND sig = '', s.4, s.11) AS unsigned,
        arrayCount(step -> step = 'granted', s.4) AS grantedDecisions
    FROM
    (
        SELECT
            *,
            arrayFirstIndex(
                (d, p, i) -> d.4 = 'granted' AND (d.5 OR length(arrayDistinct(arrayMap(
                    x -> if(x.3 != '', x.3, x.6),
                    arrayFilter((x, q, j) -> x.4 = 'granted' AND j <= i AND q = p, s, part, arrayEnumerate(s))))) >= needed),
                s, part, arrayEnumerate(s)) AS grantAt,
            arrayFirstIndex(d -> d.5, s) AS forceAt
        FROM
        (
            SELECT
                *,
                arrayCumSum(arrayMap(d -> toUInt32(d.4 NOT IN ('granted', 'expired')), s)) AS part,
                multiIf(requestNeeded IS NOT NULL, assumeNotNull(requestNeeded), ruleNeeded > 0, ruleNeeded, 1) AS needed,
                multiIf(requestNeeded IS NOT NULL, 'request', ruleNeeded > 0, 'policy', 'assumed') AS neededFrom
            FROM
            (
                SELECT
                    d.source AS source, d.approval AS approval, d.s AS s,
                    d.requestLog AS requestLog, d.requestIndex AS requestIndex, d.requestedAt AS requestedAt,
                    if(d.request.1 != '', d.request.1, d.session) AS session,
                    if(d.request.2 != '', d.request.2, d.requesterWho) AS requesterWho,
                    if(d.request.3 != '', d.request.3, d.requester) AS requester,
                    if(d.request.4 != '', d.request.4, d.resource) AS resource,
                    d.request.5 AS scope, d.request.6 AS approvalKind, d.request.7 AS rule, d.windowMs AS windowMs,
                    if(d.request.8 != '', d.request.8, d.reason) AS reason, d.request.9 AS ticket, d.reason AS decisionReason, d.decisionErased AS decisionErased,
                    d.requestNeeded AS requestNeeded, n.needed AS ruleNeeded,
                    d.forcedElsewhere AS forcedElsewhere, d.forcedElsewhereWho AS forcedElsewhereWho,
                    d.forcedElsewhereAt AS forcedElsewhereAt, d.forcedElsewhereIndex AS forcedElsewhereIndex
                FROM
                (
                    SELECT
                        source, approval,
                        arraySort(step -> (step.1, step.2),
                            groupArrayIf((at, idx, grp, step, isForced, approver, fromAt, toAt, lg, approverName, sig), part = 'step')) AS s,
                        maxIf(toNullable(lg), part = 'request') AS requestLog,
                        maxIf(toNullable(idx), part = 'request') AS requestIndex,
                        maxIf(toNullable(at), part = 'request') AS requestedAt,
                        anyIf(words, part = 'request') AS request,
                        max(windowMs) AS windowMs,
                        max(needed) AS requestNeeded,
                        maxIf(words.1, part = 'step') AS session,
                        maxIf(words.2, part = 'step') AS requesterWho,
                        maxIf(words.3, part = 'step') AS requester,
                        maxIf(words.4, part = 'step') AS resource,
                        maxIf(words.8, part = 'step') AS reason,
                        maxIf(gone, part = 'step') AS decisionErased,
                        countIf(part = 'bypass') > 0 AS forcedElsewhere,
                        argMinIf(approver, idx, part = 'bypass') AS forcedElsewhereWho,
                        minIf(at, part = 'bypass') AS forcedElsewhereAt,
                        minIf(idx, part = 'bypass') AS forcedElsewhereIndex
                    FROM
                    (
                        SELECT
                            'step' AS part, source, approval, time AS at, `index` AS idx, log AS lg, `group` AS grp, decision AS step, forced AS isForced,
                            approverWho AS approver, approver AS approverName, validFrom AS fromAt, validTo AS toAt, signature AS sig,
                            (session, requesterWho, requester, resource, '', '', '', reason, '') AS words,
                            CAST(NULL, 'Nullable(Float64)') AS windowMs, CAST(NULL, 'Nullable(UInt32)') AS needed, erased AS gone
                        FROM decisionsAt(size = {size:UInt64})
                        UNION ALL
                        SELECT
                            'request', source, approval, requestedAt, latestIndex, log, '', '', 0, '', '', NULL, NULL, '',
                            (session, requesterWho, requester, resource, scope, approvalKind, rule, reason, ticket), windowMs, needed, erased
                        FROM approvalRequestsAt(size = {size:UInt64})
                        UNION ALL
                        SELECT
                            if(kind = 'bypass.used', 'bypass', 'step'), source, JSONExtractString(data, 'approval') AS approval, time, `index`, log,
                            '', JSONExtractString(data, 'how') AS how, 0, who, '', NULL, NULL, '', ('', '', '', '', '', '', '', '', ''), NULL, NULL, 0
                        FROM eventsAt(size = {size:UInt64})
                        WHERE (kind = 'approval.ended' AND how IN ('expired', 'revoked', 'cancelled') OR kind = 'bypass.used' AND how = 'forced-approval')
                            AND approval != ''
                    )
                    GROUP BY source, approval
                ) AS d
                LEFT JOIN (SELECT source, approval, max(needed) AS needed FROM approvalRulesAt(size = {size:UInt64}) GROUP BY source, approval) AS n
                    ON n.source = d.source AND n.approval = d.approval
            )
        )
    )
);
CREATE OR REPLACE VIEW approvals AS SELECT * FROM approvalsAt(size = 18446744073709551615);

-- Per released session: the approval that admitted it (named by the session, else linked), and what is wrong with it.
-- finding: '' or approval-absent, bypass, approval-wrong-scope, approval-late, approval-expired.
-- The start of a command that waited for its review is known only as "before startedBefore", or not at all
-- (byGatewayState): such a row is late, or too late for its window, only where that is certain.
CREATE OR REPLACE VIEW sessionApprovalsAt AS
SELECT
    source, session, approval, via, finding,
    multiIf(
        finding != '', '',
        withdrawnUnseen, 'not re-performable: the source overwrote the grant with its revocation',
        requesterWho = '' OR approvedResource = '', 'not re-performable: the approval names no requester or no resource',
        '') AS excluded,
    multiIf(
        approval = '', 'no approval is named or linked',
        finding = 'approval-absent', concat('approval/', approval, ' was never granted'),
        finding = 'bypass', concat('approval/', approval, ' was forced'),
        finding = 'approval-wrong-scope', concat('approval/', approval, ' is for another person, target or session'),
        finding = 'approval-late', concat('approval/', approval, ' was granted after the start'),
        finding = 'approval-expired', concat('approval/', approval, if(endedAt <= earliestStart, ' had been withdrawn', ' had expired')),
        byGatewayState, concat('approval/', approval, ', order by gateway state'),
        concat('approval/', approval)) AS detail,
    byGatewayState, unsigned, grantedAt
FROM
(
SELECT
    source, session, approval, via, requesterWho, approvedResource, endedAt, earliestStart, unsigned, grantedAt, withdrawnUnseen,
    multiIf(
        granted = 0 AND NOT forced AND endedAt IS NULL, 'approval-absent',
        forced, 'bypass',
        requesterWho != '' AND requesterWho != who, 'approval-wrong-scope',
        approvedResource != '' AND approvedResource != resource, 'approval-wrong-scope',
        approvalKind = 'one-time' AND approvedSession != '' AND approvedSession != session, 'approval-wrong-scope',
        latestStart IS NOT NULL AND grantedAt > latestStart, 'approval-late',
        NOT reviewed AND validFrom > startedAt, 'approval-late',
        validTo <= earliestStart, 'approval-expired',
        endedAt <= earliestStart, 'approval-expired',
        '') AS finding,
    reviewed AND startedBefore IS NULL AND granted AS byGatewayState
FROM
(
SELECT
    *,
    if(reviewed, startedBefore, startedAt) AS latestStart,
    if(reviewed, coalesce(grantedAt, startedAt), startedAt) AS earliestStart
FROM
(
SELECT
    s.source AS source, s.session AS session, s.approval AS approval, s.via AS via, s.who AS who, s.resource AS resource,
    s.startedAt AS startedAt, s.startedBefore AS startedBefore,
    a.requesterWho AS requesterWho, a.resource AS approvedResource, a.session AS approvedSession, a.approvalKind AS approvalKind,
    a.grantedAt AS grantedAt, a.grantedAt IS NOT NULL AS granted, a.forced AS forced,
    a.validFrom AS validFrom, a.validTo AS validTo, a.endedAt AS endedAt, a.unsigned > 0 AS unsigned,
    a.session = s.session AND (s.startedBefore IS NOT NULL OR s.requestedAt IS NOT NULL AND s.startedAt <= s.requestedAt) AS reviewed,
    a.withdrawnUnseen AND a.endedAt > s.startedAt AS withdrawnUnseen
FROM
(
    SELECT
        s.source AS source, s.session AS session, s.who AS who, s.resource AS resource,
        s.requestedAt AS requestedAt, s.startedAt AS startedAt, s.startedBefore AS startedBefore,
        if(s.approval != '', s.approval, substring(l.`to`, 10)) AS approval,
        multiIf(s.approval != '', 'session', l.`to` != '', 'link', '') AS via
    FROM (SELECT source, session, subject, who, resource, requestedAt, assumeNotNull(startedAt) AS startedAt, startedBefore, approval
          FROM sessionsAt(size = {size:UInt64}) WHERE startIndex IS NOT NULL) AS s
    LEFT JOIN
    (
        SELECT `from`, `to`
        FROM linksAt(size = {size:UInt64})
        WHERE startsWith(`from`, 'session/') AND startsWith(`to`, 'approval/') AND confidence != 'ambiguous'
        ORDER BY `index` DESC
        LIMIT 1 BY `from`
    ) AS l ON l.`from` = s.subject
) AS s
LEFT JOIN approvalsAt(size = {size:UInt64}) AS a ON a.source = s.source AND a.approval = s.approval
)
)
);

-- Released sessions that carry one of the given words as a tag (name or value), on the session itself or on its target in a
-- snapshot that may have been in force at the start. Case does not count.
CREATE OR REPLACE VIEW taggedSessionsAt AS
SELECT source, session
FROM
(
    SELECT source, session, tags
    FROM sessionsAt(size = {size:UInt64})
    WHERE startIndex IS NOT NULL
    UNION ALL
    SELECT p.source AS source, p.session AS session, r.tags AS tags
    FROM sessionPoliciesAt(size = {size:UInt64}) AS p
    INNER JOIN policyResourcesAt(size = {size:UInt64}) AS r
        ON r.source = p.source AND r.policyIndex = p.policyIndex AND r.resource = p.resource
)
WHERE hasAny(arrayMap(word -> lower(word), arrayConcat(mapValues(tags), mapKeys(mapFilter((name, value) -> lower(value) NOT IN ('false', 'no', '0'), tags)))),
             arrayMap(word -> lower(word), {words:Array(String)}))
GROUP BY source, session;

-- Emergency bypasses with each snapshot that may have been in force: forced approvals, break-glass and skip-rule use, and
-- released sessions that only a skip group excused from approval. permitted: that snapshot lets the actor do this.
CREATE OR REPLACE VIEW bypassesAt AS
SELECT
    b.source AS source, b.subject AS subject, b.time AS time, b.log AS log, b.`index` AS `index`, b.who AS who, b.person AS person,
    b.resource AS resource, b.how AS how, b.reason AS reason, b.erased AS erased, b.static AS static, b.policyIndex AS policyIndex,
    b.policyIndex IS NULL AS unknown,
    max(r.there AND (b.rule = '' OR r.rule = b.rule) AND hasAny(if(b.how = 'skip-rule', r.skip, r.force),
        arrayConcat(if(b.who = '', [], [concat('user:', b.who)]), if(b.person = '', [], [concat('machine:', b.person)]),
                    arrayMap(name -> concat('group:', name), m.groups), ['*']))) AS permitted
FROM
(
    SELECT
        b.source AS source, b.subject AS subject, b.time AS time, b.log AS log, b.`index` AS `index`, b.who AS who, b.person AS person,
        b.resource AS resource, b.how AS how, b.rule AS rule, b.reason AS reason, b.erased AS erased, b.static AS static,
        arrayJoin([b.resource, '*']) AS target,
        arrayJoin(if(b.certain IS NULL AND p.policyIndex IS NULL, [NULL],
                     arrayDistinct(arrayFilter(i -> i IS NOT NULL, [b.certain, p.policyIndex])))) AS policyIndex
    FROM
    (
        SELECT b.*, p.policyIndex AS certain
        FROM
        (
            SELECT
                source, subject, min(at) AS time, argMin(logOf, indexOf) AS log, min(indexOf) AS `index`,
                argMin(actor, (priority, indexOf)) AS who, argMin(actorName, (priority, indexOf)) AS person,
                max(target) AS resource, argMin(way, (priority, indexOf)) AS how, max(ruleName) AS rule,
                max(why) AS reason, max(gone) AS erased, max(isStatic) AS static
            FROM
            (
                SELECT a.source AS source, a.subject AS subject, a.forcedAt AS at, a.grantedLog AS logOf, a.forcedIndex AS indexOf,
                       a.forcedWho AS actor, a.forcedBy AS actorName, a.resource AS target, 'forced-approval' AS way, a.rule AS ruleName,
                       a.decisionReason AS why, a.decisionErased AS gone,
                       (a.source, a.approval) IN (SELECT source, approval FROM sessionsAt(size = {size:UInt64}) WHERE credentialMode = 'static') AS isStatic,
                       1 AS priority
                FROM approvalsAt(size = {size:UInt64}) AS a
                WHERE a.forced
                UNION ALL
                SELECT source, if(JSONExtractString(data, 'approval') != '', concat('approval/', JSONExtractString(data, 'approval')), concat('session/', session)),
                       time, log, `index`, who, person, resource, JSONExtractString(data, 'how'), '',
                       JSONExtractString(`values`['content'], 'reason'), erased, 0, 2
                FROM eventsAt(size = {size:UInt64})
                WHERE kind = 'bypass.used'
                UNION ALL
                SELECT s.source, s.subject, assumeNotNull(s.startedAt), s.log, s.`index`, s.who, s.person, s.resource, 'skip-rule', '',
                       if(s.purpose != '', s.purpose, s.ticket), s.startErased, s.credentialMode = 'static', 3
                FROM sessionsAt(size = {size:UInt64}) AS s
                INNER JOIN (SELECT source, session FROM sessionDemandsAt(size = {size:UInt64}) GROUP BY source, session HAVING max(skipped)) AS d
                    ON d.source = s.source AND d.session = s.session
                WHERE s.startIndex IS NOT NULL
            )
            GROUP BY source, subject
        ) AS b
        ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, inForceFrom
                        FROM snapshotsAt(size = {size:UInt64}) WHERE inForceFrom < nextFrom) AS p
            ON p.source = b.source AND b.time >= p.inForceFrom
    ) AS b
    ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, knownFrom
                    FROM snapshotsAt(size = {size:UInt64}) WHERE knownFrom < nextFrom) AS p
        ON p.source = b.source AND b.time >= p.knownFrom
) AS b
LEFT JOIN
(
    SELECT source, policyIndex, arrayJoin(arrayDistinct(resources)) AS target, rule, force, skip, 1 AS there
    FROM policyApprovalRulesAt(size = {size:UInt64})
) AS r ON r.source = b.source AND r.policyIndex = b.policyIndex AND r.target = b.target
LEFT JOIN
(
    SELECT source, policyIndex, who, groupUniqArray(`group`) AS groups
    FROM policyMembersAt(size = {size:UInt64})
    GROUP BY source, policyIndex, who
) AS m ON m.source = b.source AND m.policyIndex = b.policyIndex AND m.who = b.who
GROUP BY source, subject, time, log, `index`, who, person, resource, how, reason, erased, static, policyIndex;

-- Names of targets that any source tagged with one of the given words while the period ran.
CREATE OR REPLACE VIEW taggedResourcesAt AS
SELECT resource
FROM policyResourcesAt(size = {size:UInt64})
WHERE knownFrom < {to:DateTime64(6, 'UTC')} AND nextFrom > {from:DateTime64(6, 'UTC')}
    AND hasAny(arrayMap(word -> lower(word), arrayConcat(mapValues(tags), mapKeys(mapFilter((name, value) -> lower(value) NOT IN ('false', 'no', '0'), tags)))),
               arrayMap(word -> lower(word), {words:Array(String)}))
GROUP BY resource;
