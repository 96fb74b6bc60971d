-- The double-entry ledger (docs/money.md): positive is debit, negative is credit, one currency a
-- journal, append-only, posted only by the functions at the end. Every row carries its shop.

CREATE TABLE chart (
  code text PRIMARY KEY, name text NOT NULL, owner_type text NOT NULL,
  normal char(1) NOT NULL CHECK (normal IN ('D', 'C')),
  has_floor boolean NOT NULL DEFAULT false);
INSERT INTO chart (code, name, owner_type, normal, has_floor) VALUES
  ('1000', 'stripe_pending', 'platform', 'D', false), ('1010', 'stripe_available', 'platform', 'D', false),
  ('1020', 'stripe_reserved', 'platform', 'D', false), ('1030', 'payout_in_transit', 'platform', 'D', false),
  ('1040', 'bank', 'platform', 'D', false), ('1100', 'seller_receivable', 'shop', 'D', true),
  ('2000', 'order_clearing', 'order', 'C', false), ('2010', 'seller_held', 'shop', 'C', true),
  ('2020', 'seller_available', 'shop', 'C', true), ('2030', 'seller_disputed', 'shop', 'C', true),
  ('2040', 'seller_reserve', 'shop', 'C', true), ('2100', 'tax_payable', 'platform', 'C', false),
  ('2120', 'refund_pending', 'order', 'C', false), ('2130', 'customer_credit', 'order', 'C', true),
  ('2140', 'deferred_commission', 'platform', 'C', false),
  ('4000', 'commission_revenue', 'platform', 'C', false),
  ('5000', 'processing_fees', 'platform', 'D', false), ('5040', 'rounding', 'platform', 'D', false),
  ('9000', 'suspense', 'platform', 'D', false), ('M100', 'auth_hold', 'order', 'D', true),
  ('M200', 'auth_hold_contra', 'order', 'C', true), ('M110', 'connected_balance', 'shop', 'D', false),
  ('M210', 'connected_balance_contra', 'shop', 'C', false);

CREATE TABLE account (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop text COLLATE "C" NOT NULL DEFAULT current_user, code text NOT NULL REFERENCES chart (code),
  owner_type text NOT NULL, owner_id text NOT NULL, currency char(3) NOT NULL,
  UNIQUE (shop, code, owner_type, owner_id, currency), UNIQUE (id, shop, currency));
CREATE TABLE journal (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop text COLLATE "C" NOT NULL DEFAULT current_user, event_type text NOT NULL,
  source_kind text NOT NULL, source_id text NOT NULL, leg text NOT NULL DEFAULT '',
  order_id uuid, currency char(3) NOT NULL, occurred_at timestamptz NOT NULL,
  posted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reverses bigint REFERENCES journal (id), xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  UNIQUE (shop, source_kind, source_id, event_type, leg), UNIQUE (id, shop, currency));
CREATE INDEX journal_order_index ON journal (shop, order_id);
CREATE TABLE entry (
  shop text COLLATE "C" NOT NULL, journal_id bigint NOT NULL, line smallint NOT NULL,
  account_id bigint NOT NULL, currency char(3) NOT NULL,
  amount bigint NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (journal_id, line),
  FOREIGN KEY (journal_id, shop, currency) REFERENCES journal (id, shop, currency),
  FOREIGN KEY (account_id, shop, currency) REFERENCES account (id, shop, currency));
CREATE INDEX entry_account_index ON entry (shop, account_id, journal_id);
CREATE TABLE balance (
  account_id bigint PRIMARY KEY REFERENCES account (id), shop text COLLATE "C" NOT NULL,
  debits bigint NOT NULL, credits bigint NOT NULL, version bigint NOT NULL);
CREATE INDEX balance_shop_index ON balance (shop);

CREATE FUNCTION check_journal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
DECLARE
  target bigint := CASE TG_TABLE_NAME WHEN 'journal' THEN (to_jsonb(NEW) ->> 'id')::bigint
                   ELSE (to_jsonb(NEW) ->> 'journal_id')::bigint END;
  line_count integer; line_sum numeric;
BEGIN
  SELECT count(*), sum(amount) INTO line_count, line_sum FROM entry WHERE journal_id = target;
  IF line_count < 2 OR line_sum <> 0 THEN
    RAISE EXCEPTION 'journal % does not balance: % lines, sum %', target, line_count, line_sum
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_journal();
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_journal();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A posted journal is closed: lines come in the journal's own transaction or not at all. Comparing
-- xmin would fail under savepoints, hence the column.
CREATE FUNCTION refuse_late_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
BEGIN
  IF (SELECT xact FROM journal WHERE id = NEW.journal_id) IS DISTINCT FROM pg_current_xact_id() THEN
    RAISE EXCEPTION 'journal % is closed', NEW.journal_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER entry_in_time BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION refuse_late_entry();

-- The platform's own accounts have no floor and would be hot rows: their balance is derived.
CREATE FUNCTION keep_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
DECLARE
  broken text;
BEGIN
  INSERT INTO balance AS b (account_id, shop, debits, credits, version)
    SELECT a.id, a.shop, sum(greatest(n.amount, 0)), sum(greatest(-n.amount, 0)), 1
    FROM new_entries n JOIN account a ON a.id = n.account_id
    WHERE a.owner_type <> 'platform' GROUP BY a.id, a.shop ORDER BY a.id
  ON CONFLICT (account_id) DO UPDATE SET debits = b.debits + excluded.debits,
    credits = b.credits + excluded.credits, version = b.version + 1;
  SELECT c.name INTO broken
    FROM (SELECT DISTINCT account_id FROM new_entries) n
    JOIN account a ON a.id = n.account_id JOIN chart c ON c.code = a.code
    JOIN balance b ON b.account_id = a.id
    WHERE c.has_floor AND (b.debits - b.credits) * CASE c.normal WHEN 'D' THEN 1 ELSE -1 END < 0 LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION '% would fall below zero', broken USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_balance AFTER INSERT ON entry REFERENCING NEW TABLE AS new_entries
  FOR EACH STATEMENT EXECUTE FUNCTION keep_balance();

CREATE FUNCTION posting_shop() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF current_setting('role') !~ '^t_[0-9]{5,}$' THEN
    RAISE EXCEPTION 'only a shop posts' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN current_setting('role');
END $$;

CREATE TYPE posting_line AS (code text, amount bigint);

-- Post one journal; the accounts' owners follow from the chart. The same facts again change
-- nothing; other amounts under the same key are refused.
CREATE FUNCTION post(p_event text, p_kind text, p_id text, p_leg text, p_order uuid,
  p_currency text, p_at timestamptz, p_lines posting_line[]) RETURNS bigint LANGUAGE plpgsql
SET search_path = platform, pg_temp AS $$
DECLARE
  p_shop text := posting_shop();
  v_journal bigint; v_same boolean;
BEGIN
  SELECT id INTO v_journal FROM journal WHERE shop = p_shop AND source_kind = p_kind
    AND source_id = p_id AND event_type = p_event AND leg = p_leg;
  IF v_journal IS NOT NULL THEN
    SELECT coalesce(array_agg((a.code, e.amount)::posting_line ORDER BY a.code, e.amount), '{}') =
      (SELECT array_agg((l.code, l.amount)::posting_line ORDER BY l.code, l.amount)
       FROM unnest(p_lines) l WHERE l.amount <> 0)
      INTO v_same FROM entry e JOIN account a ON a.id = e.account_id WHERE e.journal_id = v_journal;
    IF NOT v_same THEN
      RAISE EXCEPTION '% of % % was posted with other amounts', p_event, p_kind, p_id
        USING ERRCODE = 'unique_violation';
    END IF;
    RETURN v_journal;
  END IF;
  INSERT INTO account (shop, code, owner_type, owner_id, currency)
    SELECT DISTINCT p_shop, c.code, c.owner_type,
      CASE c.owner_type WHEN 'order' THEN p_order::text WHEN 'shop' THEN p_shop ELSE '' END, p_currency
    FROM unnest(p_lines) l JOIN chart c ON c.code = l.code WHERE l.amount <> 0
  ON CONFLICT DO NOTHING;
  INSERT INTO journal (shop, event_type, source_kind, source_id, leg, order_id, currency, occurred_at)
    VALUES (p_shop, p_event, p_kind, p_id, p_leg, p_order, p_currency, p_at) RETURNING id INTO v_journal;
  INSERT INTO entry (shop, journal_id, line, account_id, currency, amount)
    SELECT p_shop, v_journal, row_number() OVER (ORDER BY a.id, l.amount), a.id, p_currency, l.amount
    FROM unnest(p_lines) l JOIN chart c ON c.code = l.code
    JOIN account a ON a.shop = p_shop AND a.code = c.code AND a.currency = p_currency
      AND a.owner_type = c.owner_type
      AND a.owner_id = CASE c.owner_type WHEN 'order' THEN p_order::text WHEN 'shop' THEN p_shop ELSE '' END
    WHERE l.amount <> 0 ORDER BY a.id, l.amount;
  RETURN v_journal;
END $$;

CREATE FUNCTION post_authorise(p_payment uuid, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT post('authorise', 'payment', p_payment::text, '', p_order, p_currency, p_at,
    ARRAY[('M100', p_amount), ('M200', -p_amount)]::posting_line[]) $$;

CREATE FUNCTION post_void(p_payment uuid, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT post('void', 'payment', p_payment::text, '', p_order, p_currency, p_at,
    ARRAY[('M200', p_amount), ('M100', -p_amount)]::posting_line[]) $$;

-- Capture, give back what was authorised beyond it, and allocate: three journals, one decision.
CREATE FUNCTION post_capture(p_payment uuid, p_order uuid, p_currency text, p_amount bigint,
  p_authorised bigint, p_seller bigint, p_commission bigint, p_tax bigint, p_at timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
DECLARE
  v_journal bigint;
BEGIN
  IF p_seller + p_commission + p_tax <> p_amount OR least(p_seller, p_commission, p_tax) < 0
     OR p_amount > p_authorised THEN
    RAISE EXCEPTION 'the parts of a capture do not add up' USING ERRCODE = 'check_violation';
  END IF;
  v_journal := post('capture', 'payment', p_payment::text, '', p_order, p_currency, p_at,
    ARRAY[('M200', p_amount), ('1000', p_amount), ('M100', -p_amount), ('2000', -p_amount)]::posting_line[]);
  IF p_authorised > p_amount THEN
    PERFORM post('void', 'payment', p_payment::text, 'rest', p_order, p_currency, p_at,
      ARRAY[('M200', p_authorised - p_amount), ('M100', p_amount - p_authorised)]::posting_line[]);
  END IF;
  PERFORM post('allocate', 'payment', p_payment::text, '', p_order, p_currency, p_at,
    ARRAY[('2000', p_amount), ('2010', -p_seller), ('2140', -p_commission), ('2100', -p_tax)]::posting_line[]);
  RETURN v_journal;
END $$;

CREATE FUNCTION post_fee(p_transaction text, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT post('fee', 'transaction', p_transaction, '', p_order, p_currency, p_at,
    ARRAY[('5000', p_amount), ('1000', -p_amount)]::posting_line[]) $$;

-- Before release the seller's share is still held; afterwards the seller owes it.
CREATE FUNCTION post_refund(p_refund uuid, p_order uuid, p_currency text, p_seller bigint,
  p_commission bigint, p_tax bigint, p_is_released boolean, p_at timestamptz)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT post('refund', 'refund', p_refund::text, '', p_order, p_currency, p_at,
    ARRAY[(CASE WHEN p_is_released THEN '1100' ELSE '2010' END, p_seller),
          (CASE WHEN p_is_released THEN '4000' ELSE '2140' END, p_commission), ('2100', p_tax),
          ('2120', -(p_seller + p_commission + p_tax))]::posting_line[]) $$;

CREATE FUNCTION post_refund_succeeded(p_transaction text, p_order uuid, p_currency text,
  p_amount bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
  SELECT post('refund_succeeded', 'transaction', p_transaction, '', p_order, p_currency, p_at,
    ARRAY[('2120', p_amount), ('1010', -p_amount)]::posting_line[]) $$;

CREATE FUNCTION post_release(p_order uuid, p_currency text, p_seller bigint, p_commission bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT post('release', 'order', p_order::text, '', p_order, p_currency, p_at,
    ARRAY[('2010', p_seller), ('2140', p_commission), ('2020', -p_seller), ('4000', -p_commission)]
    ::posting_line[]) $$;

CREATE FUNCTION post_transfer(p_transfer uuid, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT post('transfer', 'transfer', p_transfer::text, '', p_order, p_currency, p_at,
    ARRAY[('2020', p_amount), ('M110', p_amount), ('1010', -p_amount), ('M210', -p_amount)]
    ::posting_line[]) $$;

CREATE FUNCTION post_funds_available(p_transaction text, p_order uuid, p_currency text,
  p_amount bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
  SELECT post('funds_available', 'transaction', p_transaction, '', p_order, p_currency, p_at,
    ARRAY[('1010', p_amount), ('1000', -p_amount)]::posting_line[]) $$;

GRANT EXECUTE ON FUNCTION post_authorise, post_void, post_capture, post_fee, post_refund,
  post_refund_succeeded, post_release, post_transfer, post_funds_available TO shop;
GRANT SELECT ON chart, account, journal, entry, balance TO shop, platform_jobs, platform_reader;
