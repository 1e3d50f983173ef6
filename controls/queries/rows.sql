-- Members of a test with what the engine knows beyond the test: blind intervals of their source, and accepted exceptions.
SELECT
    t.subject AS subject, t.time AS time, t.log AS log, t.`index` AS `index`, t.source AS source, t.who AS who, t.person AS person,
    t.resource AS resource,
    if(left = '' AND t.open = 0, t.exception, '') AS exception,
    left AS excluded,
    left = '' AND t.open != 0 AS open,
    t.detail AS detail,
    if(exception = '', '', if(a.about != '', a.acceptedBy, b.acceptedBy)) AS acceptedBy,
    if(exception = '', NULL, if(a.about != '', a.until, b.until)) AS acceptedUntil,
    if(exception = '', 0, if(a.about != '', a.`index`, b.`index`)) AS acceptedIndex,
    if(arrayExists((name, since, till) -> name IN (t.source, '*') AND t.time >= since AND t.time < till,
                   {blindSources:Array(String)}, {blindFrom:Array(DateTime64(6, 'UTC'))}, {blindTo:Array(DateTime64(6, 'UTC'))}),
       'blind', t.excluded) AS left
FROM (/* rows */) AS t
LEFT JOIN
(
    SELECT about, if(acceptedBy != '', acceptedBy, byWho) AS acceptedBy, until, `index`
    FROM acceptancesAt(size = {size:UInt64})
    WHERE until > least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')})
) AS a ON a.about = concat({test:String}, '|', t.subject)
LEFT JOIN
(
    SELECT about, if(acceptedBy != '', acceptedBy, byWho) AS acceptedBy, until, `index`
    FROM acceptancesAt(size = {size:UInt64})
    WHERE until > least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')})
) AS b ON b.about = concat({test:String}, '|', t.subject, '|', t.resource)
