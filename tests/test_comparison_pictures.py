"""The pictures of docs/comparison.md are what the runs make, and show what the page says of them."""

from __future__ import annotations

import pytest

from comparison_pictures import WAYS, farthest, off_the_sum, pictures
from site_pages import DOCS

OURS, LAST, PLACES = WAYS.values()


@pytest.mark.parametrize("path", pictures(), ids=lambda path: path.name)
def test_a_picture_is_what_the_runs_make(path):
    """Drawn anew it is the same text, and the page shows it with words for whoever does not see it."""
    assert path.read_text(encoding="utf-8") == pictures()[path]
    alone = f"](_static/{path.name})"
    (row,) = [row for row in (DOCS / "comparison.md").read_text("utf-8").splitlines() if row.endswith(alone)]
    assert len(row) > 150


def test_the_figures_in_words_are_those_of_the_runs():
    """Seven lines; then the worst line and the sum over carts of two lines to forty, as the page tells them."""
    assert sorted(OURS([1000] * 7, 1000)) == [142, *[143] * 6]
    assert LAST([1000] * 7, 1000) == [*[142] * 6, 148]
    assert PLACES([1000] * 7, 1000) == [143] * 7
    carts = [[1000] * count for count in range(2, 41)]
    assert all(farthest(cart, 1000, way) < 1 for cart in carts for way in (OURS, PLACES))
    assert int(max(farthest(cart, 1000, LAST) for cart in carts)) == 27
    sums = {way: [off_the_sum(cart, 1000, way) for cart in carts] for way in WAYS.values()}
    assert (min(sums[PLACES]), max(sums[PLACES])) == (-14, 15)
    assert {*sums[OURS], *sums[LAST]} == {0}
