"""After "pay": payments, refunds, what each shop is owed, invoices. Folds of a settlement, nothing recomputed."""
