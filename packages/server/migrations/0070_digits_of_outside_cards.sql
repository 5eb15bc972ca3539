-- What a gateway tells of the card of an outside biller beside its brand: its first six to eight digits, and whether it is a
-- credit or a debit card. The planner asks for cards alike by the digits.

set lock_timeout = '5s';

alter table outside_cards add column bin text;
alter table outside_cards add column funding text;
