"""What the buyer hands in: lines, cart, customer, address and the choices around them (contract §2.1)."""
