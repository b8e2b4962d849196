-- migrate: compatible
-- The brand of a payment's card, for the eye: the approval screen shows it. Null for what is older, and where no card number was given.
ALTER TABLE session ADD COLUMN card_brand text;
ALTER TABLE binding ADD COLUMN card_brand text;
