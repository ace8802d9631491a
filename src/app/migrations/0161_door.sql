-- Row-level security (db_practice): what this layer looks for in all practices, before it works in one,
-- and what is no practice's.
-- only: pgsql
CREATE POLICY door ON job FOR SELECT
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY door ON audit_change -- what the log has not heard of yet
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY nobodys ON root_key USING (true);
CREATE POLICY nobodys ON audit_anchor USING (true);
CREATE POLICY nobodys ON audit_attest USING (true);
-- only: both
