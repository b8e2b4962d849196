-- Under which of its numbers an order is being paid: an approval that was lost for good stands in the way of that number alone.
ALTER TABLE shop_order ADD COLUMN attempt integer NOT NULL DEFAULT 1 CHECK (attempt BETWEEN 1 AND 99);
