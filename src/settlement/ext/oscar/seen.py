"""The total that a buyer saw before it is charged: it travels with the form, is compared and never believed."""

from __future__ import annotations

from typing import Any

from settlement.documents.written import all_readable

__all__ = ["SeenTotal"]


class SeenTotal:
    """Mix this into Oscar's `PaymentDetailsView`; its preview has a hidden field `seen`, the payable.

    Where a basket costs anything else by now, nothing is paid or placed: the preview comes again, with both amounts.
    """

    request: Any

    def submit(self, **submission: Any) -> Any:
        """Oscar's, for what was seen alone; before payment is taken."""
        above: Any = super()
        seen, payable = self.request.POST.get("seen", ""), submission["basket"].settlement.payable
        if seen == str(payable):
            return above.submit(**submission)
        again: Any = getattr(self, "render_preview")  # noqa: B009 - the view's, into which this is mixed
        return again(self.request, error=f"{seen[:40] or '?'} ≠ {payable}", **submission["payment_kwargs"])


all_readable(globals())
