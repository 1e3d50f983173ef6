-- Clock offsets of each source as its readings measured them. An offset shifts all times of a source alike, so that the order
-- within the source stands: it is shown, and blinds nothing.
SELECT
    source, count() AS population, countIf(abs(offset) > {CLOCK_MAX:UInt64}) AS exceptions,
    {from:DateTime64(6, 'UTC')} AS blindFrom, {from:DateTime64(6, 'UTC')} AS blindTo,
    concat('largest offset ', toString(argMax(offset, abs(offset))), ' ms') AS detail
FROM (SELECT source, assumeNotNull(clockOffsetMs) AS offset FROM pollsAt(size = {size:UInt64})
      WHERE clockOffsetMs IS NOT NULL AND windowTo >= {from:DateTime64(6, 'UTC')} AND windowTo < {to:DateTime64(6, 'UTC')})
GROUP BY source
ORDER BY source
