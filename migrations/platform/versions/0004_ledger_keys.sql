-- The shop comes first in every key (docs/tenancy.md, section 3); the provider's own id stands
-- beside a journal; accounts cannot be rewritten and balances follow from entries only.

ALTER TABLE entry DROP CONSTRAINT entry_journal_id_shop_currency_fkey,
  DROP CONSTRAINT entry_account_id_shop_currency_fkey, DROP CONSTRAINT entry_pkey;
ALTER TABLE balance DROP CONSTRAINT balance_account_id_fkey, DROP CONSTRAINT balance_pkey;
ALTER TABLE journal DROP CONSTRAINT journal_reverses_fkey,
  DROP CONSTRAINT journal_id_shop_currency_key, DROP CONSTRAINT journal_pkey;
ALTER TABLE account DROP CONSTRAINT account_id_shop_currency_key, DROP CONSTRAINT account_pkey;

ALTER TABLE account ADD PRIMARY KEY (shop, id), ADD UNIQUE (shop, id, currency);
ALTER TABLE journal ADD PRIMARY KEY (shop, id), ADD UNIQUE (shop, id, currency),
  ADD FOREIGN KEY (shop, reverses) REFERENCES journal (shop, id),
  ADD COLUMN reference text NOT NULL DEFAULT '';
ALTER TABLE entry ADD PRIMARY KEY (shop, journal_id, line),
  ADD FOREIGN KEY (shop, journal_id, currency) REFERENCES journal (shop, id, currency),
  ADD FOREIGN KEY (shop, account_id, currency) REFERENCES account (shop, id, currency);
DROP INDEX balance_shop_index;
ALTER TABLE balance ADD PRIMARY KEY (shop, account_id),
  ADD FOREIGN KEY (shop, account_id) REFERENCES account (shop, id);

CREATE OR REPLACE FUNCTION check_journal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
DECLARE
  v_row jsonb := to_jsonb(NEW);
  v_journal bigint := coalesce(v_row ->> 'journal_id', v_row ->> 'id');
  v_lines integer; v_sum numeric;
BEGIN
  SELECT count(*), sum(amount) INTO v_lines, v_sum
    FROM entry WHERE shop = NEW.shop AND journal_id = v_journal;
  IF v_lines < 2 OR v_sum <> 0 THEN
    RAISE EXCEPTION 'journal % does not balance: % lines, sum %', v_journal, v_lines, v_sum
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_journal';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION refuse_late_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
BEGIN
  IF (SELECT xact FROM journal WHERE shop = NEW.shop AND id = NEW.journal_id)
     IS DISTINCT FROM pg_current_xact_id() THEN
    RAISE EXCEPTION 'journal % is closed', NEW.journal_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_closed';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
DECLARE
  v_broken text;
BEGIN
  INSERT INTO balance AS b (shop, account_id, debits, credits, version)
    SELECT a.shop, a.id, sum(greatest(n.amount, 0)), sum(greatest(-n.amount, 0)), 1
    FROM new_entries n JOIN account a ON a.shop = n.shop AND a.id = n.account_id
    WHERE a.owner_type <> 'platform' GROUP BY a.shop, a.id ORDER BY a.shop, a.id
  ON CONFLICT (shop, account_id) DO UPDATE SET debits = b.debits + excluded.debits,
    credits = b.credits + excluded.credits, version = b.version + 1;
  SELECT c.name INTO v_broken
    FROM (SELECT DISTINCT shop, account_id FROM new_entries) n
    JOIN account a ON a.shop = n.shop AND a.id = n.account_id
    JOIN chart c ON c.code = a.code
    JOIN balance b ON b.shop = a.shop AND b.account_id = a.id
    WHERE c.has_floor AND (b.debits - b.credits) * CASE c.normal WHEN 'D' THEN 1 ELSE -1 END < 0
    LIMIT 1;
  IF v_broken IS NOT NULL THEN
    RAISE EXCEPTION '% would fall below zero', v_broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_floor';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER account_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Only the trigger on entry keeps balances: inside it the depth is one.
CREATE TRIGGER balance_follows_entries BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON balance
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
