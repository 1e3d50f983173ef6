-- Entries by index, with what is left of their disclosures.
SELECT e.log AS log, e.`index` AS `index`, e.entry AS entry, e.salts AS salts, e.`values` AS `values`
FROM events AS e
WHERE e.log = {log:UInt16} AND e.`index` IN arrayMap(text -> toUInt64(text), {indexes:Array(String)})
ORDER BY e.`index`
