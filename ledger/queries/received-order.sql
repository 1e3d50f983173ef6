-- Entries of [from, to) that were received before the entry in front of them.
SELECT count() AS rows, groupArraySorted(20)(`index`) AS indexes
FROM
(
    SELECT
        `index`,
        received,
        lagInFrame(received, 1, received) OVER (ORDER BY `index` ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
    FROM entries
    WHERE log = {log:UInt16} AND `index` + 1 >= {from:UInt64} AND `index` < {to:UInt64}
)
WHERE received < before
