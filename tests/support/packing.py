"""Boxes packed grain by grain: the slowest way to see what goes into which."""

from __future__ import annotations


def piece_by_piece(lines, most):
    """The slowest packing there is: a list of boxes, and every grain put into the first that holds it."""
    grains = []
    for at, line in enumerate(lines):
        thousandths = round(float(line["quantity"]) * 1000)
        grain = 1 if thousandths % 1000 else 1000
        order = (
            grain == 1,
            -line["weight_g"],
            -line["volume_cm3"],
            line["free_shipping"],
            -float(line["unit_price"][:-4]),
            line["sku"],
            line["categories"],
            -thousandths,
            line["id"],
        )
        grains += [(order, at, grain)] * (thousandths // grain)
    boxes = []
    for _, at, grain in sorted(grains):
        weight = lines[at]["weight_g"] * grain
        for box in boxes:
            if not weight or box["room"] >= weight:
                break
        else:
            box = {"room": most * 1000, "inside": {}}
            boxes.append(box)
        box["room"] -= weight
        box["inside"][lines[at]["id"]] = box["inside"].get(lines[at]["id"], 0) + grain
    return [box["inside"] for box in boxes]
