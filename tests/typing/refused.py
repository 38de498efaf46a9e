"""What every type checker refuses: what ends in `# refused`, and nothing else. Read by them, and never run."""

from settlement import Cart, Checkout, Choice, Line, Money, PercentOff, Policy, Promotion, Scope, Tier, settle

line = Line(id="a", shop="s1", sku="k", quantity=1, unit_price="1.00 CNY")
cart = Cart(currency="CNY", lines=[line])
at = "2026-11-11T00:00:00+08:00"

Line(id="a", shop="s1", sku="k", quantity=1)  # refused
Line(id=1, shop="s1", sku="k", quantity=1, unit_price="1.00 CNY")  # refused
Line(id="a", shop="s1", sku="k", quantity=1.5, unit_price="1.00 CNY")  # refused
Line(id="a", shop="s1", sku="k", quantity=1, unit_price=1)  # refused
Line(id="a", shop="s1", sku="k", quantity=1, unit_price=12.34)  # refused
Line(id="a", shop="s1", sku="k", quantity=1, unit_pice="1.00 CNY", unit_price="1.00 CNY")  # refused
Line(id="a", shop="s1", sku="k", quantity=1, unit_price="1.00 CNY", categories="tea")  # refused
Line(id="a", shop="s1", sku="k", quantity=1, unit_price="1.00 CNY", selected="yes")  # refused
Cart(currency="CNY", lines=line)  # refused
Cart(currency="CNY", lines={line})  # refused
Choice(coupons="c1")  # refused
Choice(points="all")  # refused
Checkout(at=20261111, cart=cart)  # refused
Checkout(at=at, cart=[line])  # refused
Checkout(at=at, cart=cart, order=1001)  # refused
PercentOff(percent=1.5)  # refused
PercentOff()  # refused
Policy(rounding="up_and_down")  # refused
Promotion(id="p", issuer="s1", tiers=[PercentOff(percent=10)])  # refused
Tier(benefit=Scope())  # refused
settle(cart, line)  # refused
Money("88.00", "CNY")  # refused
amount: str = line.unit_price  # refused
price: Money = line.min_price  # refused
