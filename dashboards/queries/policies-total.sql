SELECT count() AS total, uniqExact(source) AS sources
FROM policies
WHERE inForceFrom < {to:DateTime64(6,'UTC')} AND nextFrom > {from:DateTime64(6,'UTC')}
