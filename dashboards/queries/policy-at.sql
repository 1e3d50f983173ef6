SELECT source, sha256, log, `index`, time, inForceFrom, inForceTo, nextFrom
FROM policies
WHERE source = {source:String} AND inForceFrom <= {at:DateTime64(6,'UTC')} AND nextFrom > {at:DateTime64(6,'UTC')}
ORDER BY inForceFrom DESC, `index` DESC
LIMIT 1
