-- Leaf hashes of all entries: SHA-256 of a zero byte and the entry's text (RFC 9162 section 2.1.1). The signed chain is checked
-- beside this. Where one does not fit, nothing of the period can be relied on.
SELECT
    '*' AS source, count() AS population, countIf(leaf != SHA256(concat('\0', entry))) AS exceptions,
    {from:DateTime64(6, 'UTC')} AS blindFrom,
    if(exceptions = 0, {from:DateTime64(6, 'UTC')}, {to:DateTime64(6, 'UTC')}) AS blindTo,
    if(exceptions = 0, '', concat('the first entry whose text does not fit its leaf is ', toString(minIf(`index`, leaf != SHA256(concat('\0', entry)))))) AS detail
FROM eventsAt(size = {size:UInt64})
ORDER BY source
