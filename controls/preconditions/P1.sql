-- Indexes of the log: contiguous from 0 up to its size. What is missing makes every source blind between its neighbours.
SELECT * FROM
(
    SELECT '*' AS source, count() AS population, 0 AS exceptions,
           {from:DateTime64(6, 'UTC')} AS blindFrom, {from:DateTime64(6, 'UTC')} AS blindTo, '' AS detail
    FROM eventsAt(size = {size:UInt64})
    UNION ALL
    SELECT '*', 0, 1, blindFrom, blindTo, concat('entries ', toString(expected), ' to ', toString(next - 1), ' are missing')
    FROM
    (
        SELECT expected, `index` AS next, receivedBefore AS blindFrom, received AS blindTo
        FROM
        (
            SELECT
                `index`, received,
                lagInFrame(`index` + 1, 1, 0) OVER (ORDER BY `index` ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS expected,
                lagInFrame(received, 1, {from:DateTime64(6, 'UTC')}) OVER (ORDER BY `index` ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS receivedBefore
            FROM eventsAt(size = {size:UInt64})
        )
        WHERE `index` != expected
        UNION ALL
        SELECT if(count() = 0, 0, max(`index`) + 1) AS expected, {size:UInt64} AS next,
               if(count() = 0, {from:DateTime64(6, 'UTC')}, max(received)) AS blindFrom, {to:DateTime64(6, 'UTC')} AS blindTo
        FROM eventsAt(size = {size:UInt64})
        HAVING expected < next
    )
)
ORDER BY source, blindFrom, detail
