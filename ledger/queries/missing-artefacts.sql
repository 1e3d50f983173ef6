-- Entries of [from, to) with a value that was moved into an artefact which is not there.
SELECT count() AS rows, groupArraySorted(20)(`index`) AS indexes
FROM
(
    SELECT DISTINCT `index`
    FROM entries
    ARRAY JOIN arrayFlatten(arrayMap(value -> extractAll(value, '"\\$artefact":"([0-9a-f]{64})"'), mapValues(`values`))) AS named
    WHERE log = {log:UInt16} AND `index` >= {from:UInt64} AND `index` < {to:UInt64}
      AND named NOT IN (SELECT toString(sha256) FROM artefacts)
)
