"""What of a person may be seen in logs, receipts and errors, masked as people in China know it."""

from __future__ import annotations

__all__ = ["mask_detail", "mask_name", "mask_phone"]


def mask_name(name: str) -> str:
    """The first character, and two stars whatever the length.

    >>> mask_name("张三"), mask_name("欧阳娜娜")
    ('张**', '欧**')
    """
    return name[:1] + "**" if name else ""


def mask_phone(phone: str, extension: str | None = None) -> str:
    """A mobile as 3 + 4 digits, a landline as 4 + 2, an extension as its last two.

    A number too short for that is hidden whole.

    >>> mask_phone("13800138000"), mask_phone("0755-22107333", "801"), mask_phone("+1 650 253 0000"), mask_phone("110")
    ('138****8000', '0755****33-*01', '+165****00', '***')
    """
    digits = "".join(character for character in phone if character.isdigit())
    plus = "+" if phone.startswith("+") else ""
    if len(digits) < 8:  # noqa: PLR2004
        shown = "***"
    elif len(digits) == 11 and digits[0] == "1":  # noqa: PLR2004
        shown = f"{digits[:3]}****{digits[-4:]}"
    elif plus and digits.startswith("86") and len(digits) == 13:  # noqa: PLR2004
        shown = f"+86 {digits[2:5]}****{digits[-4:]}"
    else:
        shown = f"{plus}{digits[: 3 if plus else 4]}****{digits[-2:]}"
    if extension:
        shown += "-" + "*" * max(len(extension) - 2, 1) + (extension[-2:] if len(extension) > 2 else "")  # noqa: PLR2004
    return shown


def mask_detail(detail: str | None) -> str:
    """An address is shown down to its county: three stars stand for all below.

    >>> mask_detail("科技路1号"), mask_detail(None)
    ('***', '')
    """
    return "***" if detail else ""
