"""Two documents in, one settlement out: run it as `python examples/quickstart.py`."""

from settlement import Checkout, Rulebook, refund, settle

rulebook = Rulebook.model_validate_json("""{
  "id": "tea-house-1", "currency": "CNY",
  "freight_templates": [{"id": "post", "name": "Post", "measure": "quantity", "zones": [
    {"regions": ["CN/mainland"], "first": 1, "first_fee": "8.00 CNY", "additional": 1, "additional_fee": "2.00 CNY"}]}],
  "promotions": [{"id": "sale", "name": "10 % off from 100", "issuer": "Tea House", "tiers": [
    {"min_amount": "100.00 CNY", "benefit": {"type": "percent_off", "percent": "10"}}]}]
}""")

checkout = Checkout.model_validate_json("""{
  "at": "2026-11-11T10:30:00+08:00",
  "cart": {"currency": "CNY", "lines": [
    {"id": "1", "shop": "Tea House", "sku": "jasmine-100", "name": "Jasmine tea 100 g",
     "quantity": 3, "unit_price": "45.00 CNY", "freight_template": "post"}]},
  "address": {"region": "440305"}
}""")

settlement = settle(checkout, rulebook)
print(settlement)  # a receipt; settlement.to_json() is the document to store
print()
print(refund(settlement, {"1": 1}))  # one of the three comes back
