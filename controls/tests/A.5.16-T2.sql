-- Every released session, and whether its identity leads to a person, or to a machine with an owner who is still there.
SELECT
    s.subject AS subject, assumeNotNull(s.startedAt) AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    multiIf(
        s.who = '' OR NOT i.there OR kind = '', 'identity-unresolved',
        kind = 'human', '',
        i.ownerWho = '' OR NOT o.there OR o.leftAt <= s.startedAt, 'owner-unknown',
        '') AS exception,
    '' AS excluded,
    0 AS open,
    multiIf(
        s.who = '', 'no identity is recorded',
        NOT i.there, 'the source lists no such identity',
        kind = '', 'the source does not say whether it is a person',
        exception = 'owner-unknown', concat(kind, ', ', if(i.ownerWho = '', 'no owner is named', 'its owner is not known or has left')),
        kind) AS detail,
    if(s.identityType != '', s.identityType, i.identityType) AS kind
FROM (SELECT * FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
LEFT JOIN (SELECT *, 1 AS there FROM identitiesAt(size = {size:UInt64})) AS i ON i.source = s.source AND i.who = s.who
LEFT JOIN (SELECT *, 1 AS there FROM identitiesAt(size = {size:UInt64})) AS o ON o.source = s.source AND o.who = i.ownerWho
ORDER BY time, `index`, subject
