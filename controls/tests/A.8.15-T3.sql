-- Every entry about the period, whenever it was received: does its leaf hash fit its text (RFC 9162 section 2.1.1), does every disclosure kept
-- beside it fit its digest (RFC 9901), and is the entry before it there? A fault of the signed chain is one member more.
SELECT * FROM
(
    SELECT
        subject, time, log, `index`, source, who, person, resource,
        multiIf(
            gap, 'entry-missing',
            leaf != SHA256(concat('\0', entry)), 'leaf-mismatch',
            arrayExists((name, value) -> value != '' AND NOT has(JSONExtract(entry, '_sd', 'Array(String)'),
                base64URLEncode(SHA256(base64URLEncode(concat('["', salts[name], '","', name, '",', value, ']'))))),
                mapKeys(`values`), mapValues(`values`)), 'disclosure-mismatch',
            '') AS exception,
        '' AS excluded,
        0 AS open,
        if(gap, concat('entries from ', toString(expected), ' on are missing'), kind) AS detail
    FROM
    (
        SELECT
            e.subject AS subject, e.time AS time, e.log AS log, e.`index` AS `index`, e.source AS source, e.who AS who,
            e.person AS person, e.resource AS resource, e.leaf AS leaf, e.entry AS entry, e.salts AS salts, e.`values` AS `values`, e.kind AS kind,
            g.there AS gap, g.expected AS expected
        FROM (SELECT * FROM eventsAt(size = {size:UInt64})
              WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}) AS e
        LEFT JOIN
        (
            SELECT log, `index`, expected, 1 AS there
            FROM
            (
                SELECT log, `index`, lagInFrame(`index` + 1, 1, 0) OVER (PARTITION BY log ORDER BY `index` ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS expected
                FROM eventsAt(size = {size:UInt64})
            )
            WHERE `index` != expected
        ) AS g ON g.log = e.log AND g.`index` = e.`index`
    )
    UNION ALL
    SELECT 'log/0', subtractMicroseconds(least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}), 1), 0, {size:UInt64}, '', '', '', '', 'chain-broken', '', 0, {chainFault:String}
    WHERE {chainFault:String} != ''
)
ORDER BY time, `index`, subject
