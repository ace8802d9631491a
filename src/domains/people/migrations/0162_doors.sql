-- Row-level security (db_practice): until it is known who asks, and so in which practice, these rows
-- alone are seen across practices: an address is looked up by its hash, a session by its token's.
-- only: pgsql
CREATE POLICY door ON practice FOR SELECT
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY door ON practice_key FOR SELECT
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY door ON person FOR SELECT
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY door ON session
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY door ON epoch_key FOR SELECT
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY door ON passkey FOR SELECT
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY door ON person_link
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
CREATE POLICY nobodys ON passkey_challenge USING (true);
CREATE POLICY nobodys ON sign_in_failure USING (true); -- of addresses, whether or not anybody has them
-- only: both
