-- One passkey may serve several customers who share a browser: each has a record of their own, of their own accounts.

ALTER TABLE bank_payment_passkey DROP CONSTRAINT bank_payment_passkey_pkey;
ALTER TABLE bank_payment_passkey ADD PRIMARY KEY (credential_id, customer_id);

-- Until now the accounts of a second customer were added to the record of the first. What each agreed to tells whose they are.
CREATE TEMPORARY TABLE agreed ON COMMIT DROP AS
  SELECT credential_id, customer_id, min(agreed_at) AS agreed_at, jsonb_agg(account ORDER BY agreed_at, position) AS accounts
  FROM (
    SELECT credential_id, enrolment.customer_id, account, min(position) AS position,
      min(coalesce(receipt.accepted_at, enrolment.accepted_at)) AS agreed_at
    FROM bank_enrolment AS enrolment
      LEFT JOIN payment_passkey_consent AS receipt USING (receipt_id)
      CROSS JOIN LATERAL jsonb_array_elements(enrolment.accounts) WITH ORDINALITY AS listed (account, position)
    WHERE credential_id IS NOT NULL
    GROUP BY credential_id, enrolment.customer_id, account) AS each_account
  GROUP BY credential_id, customer_id;

UPDATE bank_payment_passkey AS passkey SET accounts = agreed.accounts
  FROM agreed WHERE agreed.credential_id = passkey.credential_id AND agreed.customer_id = passkey.customer_id;

INSERT INTO bank_payment_passkey (credential_id, binding_id, customer_id, accounts, created_at, last_used_at, device)
  SELECT passkey.credential_id, passkey.binding_id, agreed.customer_id, agreed.accounts,
    coalesce(agreed.agreed_at, passkey.created_at), passkey.last_used_at, passkey.device
  FROM agreed JOIN bank_payment_passkey AS passkey USING (credential_id)
  ON CONFLICT DO NOTHING;

-- The device by the names of its browser and its platform: the words between them are of the language that a page is in.
ALTER TABLE bank_payment_passkey ADD COLUMN browser text, ADD COLUMN platform text;
UPDATE bank_payment_passkey SET browser = split_part(device, ' on ', 1), platform = split_part(device, ' on ', 2) WHERE device LIKE '% on %';
UPDATE bank_payment_passkey SET browser = device
  WHERE device IN ('Edge', 'Opera', 'Samsung Internet', 'Firefox', 'Chrome', 'Safari');
UPDATE bank_payment_passkey SET platform = device
  WHERE device IN ('iPhone', 'iPad', 'Android', 'ChromeOS', 'Windows', 'Mac', 'Linux');
ALTER TABLE bank_payment_passkey DROP COLUMN device;
