-- migrate: compatible, concurrently
-- Payment service providers: a client that acts for the merchants that it registers.
ALTER TABLE client ADD COLUMN IF NOT EXISTS provider boolean NOT NULL DEFAULT false;

-- The merchants of a provider. Its sessions name one.
CREATE TABLE IF NOT EXISTS merchant (
  client_id   text NOT NULL REFERENCES client,
  merchant_id text NOT NULL,
  -- Unicode NFC.
  name        text NOT NULL,
  origin      text NOT NULL,
  -- ISO 3166-1 alpha-2, and ISO 18245.
  country     text NOT NULL,
  category    text NOT NULL,
  -- Secure Payment Confirmation may run in the provider's frame on a page of this origin.
  frame       boolean NOT NULL,
  PRIMARY KEY (client_id, merchant_id),
  CONSTRAINT merchant_of_origin UNIQUE (client_id, origin)
);

-- Without a foreign key: an ended session keeps the id of a merchant that was deleted.
ALTER TABLE session ADD COLUMN IF NOT EXISTS merchant_id text;
