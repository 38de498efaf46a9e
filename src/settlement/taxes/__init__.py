"""Tax on top of prices: rates that the caller hands in, and what they come to. The library knows no law."""

from settlement.taxes.tables import Taxes, TaxRate

__all__ = ["TaxRate", "Taxes"]
