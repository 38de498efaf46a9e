"""settle(): the question made ready, the steps in their order, the choice of coupons, the second pass."""
