SELECT count() AS total
FROM refusals
WHERE received >= {from:DateTime64(6,'UTC')} AND received < {to:DateTime64(6,'UTC')}
