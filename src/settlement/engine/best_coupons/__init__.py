"""Which coupons: the best set, proven or with a bound (contract §4, Which coupons)."""
