"""What people read: receipts, texts and amounts in their language. An edge: no amount depends on anything here."""
