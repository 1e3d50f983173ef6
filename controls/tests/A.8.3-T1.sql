-- Every executed command on a target under rules that block input, and whether one of them, applied again to the stored
-- statement, would have stopped it. Words as substrings, patterns as RE2, operations as the first keyword.
SELECT
    subject, time, log, `index`, source, any(who) AS who, any(person) AS person, any(resource) AS resource,
    if(excluded = '' AND max(hit), 'blocked-statement-ran', '') AS exception,
    multiIf(
        max(unknown), 'policy-unknown',
        min(hit) != max(hit) OR min(covered) != max(covered), 'policy-uncertain',
        max(hit), '',
        any(gone), 'not re-performable: the statement is not stored',
        any(cut), 'not re-performable: the stored statement is cut',
        max(opaque), 'not re-performable: a rule has a form that cannot be applied again',
        '') AS excluded,
    0 AS open,
    if(max(hit), concat('rule ', arrayStringConcat(arraySort(groupUniqArrayArray(hitRules)), ', ')), '') AS detail
FROM
(
    SELECT
        c.source AS source, c.subject AS subject, c.time AS time, c.log AS log, c.`index` AS `index`, c.who AS who, c.person AS person,
        c.resource AS resource, c.policyIndex AS policyIndex, any(c.gone) AS gone, any(c.cut) AS cut,
        c.policyIndex IS NULL AS unknown,
        max(b.there) AS covered,
        groupUniqArrayIf(b.rule, b.there AND NOT c.gone AND (
            arrayExists(word -> if(b.caseSensitive, position(c.statement, word), positionCaseInsensitiveUTF8(c.statement, word)) > 0, b.words)
            OR arrayExists(pattern -> match(c.statement, concat('(?-s)', pattern)), arrayFilter(pattern -> NOT has({badPatterns:Array(String)}, pattern), b.patterns))
            OR has(arrayMap(operation -> lower(operation), b.operations), c.keyword))) AS hitRules,
        notEmpty(hitRules) AS hit,
        max(b.there AND (notEmpty(b.entities) OR hasAny(b.patterns, {badPatterns:Array(String)})
            OR empty(b.words) AND empty(b.patterns) AND empty(b.operations))) AS opaque
    FROM
    (
        SELECT
            *,
            arrayJoin([resource, '*']) AS target,
            lower(extract(statement, '^(?:\\s|\\(|--[^\\n]*\\n|/\\*(?:[^*]|\\*[^/])*\\*/)*([A-Za-z]+)')) AS keyword
        FROM
        (
            SELECT
                c.source AS source, c.subject AS subject, c.time AS time, c.log AS log, c.`index` AS `index`, c.who AS who,
                c.person AS person, c.resource AS resource, c.statement AS statement, c.gone AS gone, c.cut AS cut,
                arrayJoin(if(c.certain IS NULL AND p.policyIndex IS NULL, [NULL],
                             arrayDistinct(arrayFilter(i -> i IS NOT NULL, [c.certain, p.policyIndex])))) AS policyIndex
            FROM
            (
                SELECT
                    c.source AS source, c.subject AS subject, c.time AS time, c.log AS log, c.`index` AS `index`, c.who AS who,
                    c.person AS person, c.resource AS resource, c.statement AS statement, c.statement = '' AS gone,
                    c.statementTruncated AS cut, p.policyIndex AS certain
                FROM
                (
                    SELECT c.source AS source, c.subject AS subject, c.time AS time, c.log AS log, c.`index` AS `index`,
                           if(c.who != '', c.who, s.who) AS who, if(c.person != '', c.person, s.person) AS person,
                           if(c.resource != '', c.resource, s.resource) AS resource,
                           if(c.statementArtefact = '', c.statement, JSONExtractString(a.bytes)) AS statement, c.statementTruncated AS statementTruncated
                    FROM (SELECT * FROM commandsAt(size = {size:UInt64})
                          WHERE kind = 'command.executed' AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}) AS c
                    LEFT JOIN sessionsAt(size = {size:UInt64}) AS s ON s.source = c.source AND s.session = c.session
                    LEFT JOIN
                    (
                        SELECT toString(sha256) AS digest, bytes
                        FROM artefacts FINAL
                        WHERE sha256 IN (
                            SELECT toFixedString(statementArtefact, 64) FROM commandsAt(size = {size:UInt64})
                            WHERE length(statementArtefact) = 64 AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')})
                    ) AS a ON a.digest = c.statementArtefact
                ) AS c
                ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, inForceFrom
                                FROM policiesAt(size = {size:UInt64}) WHERE inForceFrom < nextFrom) AS p
                    ON p.source = c.source AND c.time >= p.inForceFrom
            ) AS c
            ASOF LEFT JOIN (SELECT source, toNullable(`index`) AS policyIndex, knownFrom
                            FROM policiesAt(size = {size:UInt64}) WHERE knownFrom < nextFrom) AS p
                ON p.source = c.source AND c.time >= p.knownFrom
        )
    ) AS c
    LEFT JOIN
    (
        SELECT *, arrayJoin(arrayDistinct(resources)) AS target, 1 AS there
        FROM policyBlockingAt(size = {size:UInt64})
        WHERE direction = 'input' AND action = 'block'
    ) AS b ON b.source = c.source AND b.policyIndex = c.policyIndex AND b.target = c.target
    GROUP BY source, subject, time, log, `index`, who, person, resource, policyIndex
)
GROUP BY source, subject, time, log, `index`
HAVING max(covered) OR max(unknown)
ORDER BY time, `index`, subject
