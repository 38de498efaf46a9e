"""The answer: a settlement as a value, as JSON, as a receipt and as a page (contract §7)."""
