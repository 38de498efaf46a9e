"""The rules: offers, freight, points, ways to pay and policy as one document, indexed once (contract §2.2)."""
