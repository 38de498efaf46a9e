"""The labels of forms and chat messages: 收货人:, 电话, 详细地址: … and the field that each announces."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["find_labels"]

# Words that announce a field by themselves at the beginning of a piece, or anywhere with a colon.
_WORDS: Final = {
    "name": "收货人姓名|收件人姓名|联系人姓名|收货联系人|收货人|收件人|联系人|姓名|联络人|寄件人|收货人名字",
    "phone": "联系电话|联系方式|联系手机|手机号码|手机号|电话号码|收货电话|收件电话|收货人电话|收件人电话|收货人手机号"
    "|收货人手机|手机|电话|座机|固话|联络电话|Tel|TEL|tel|Phone|Mobile|phone|mobile",
    "address": "收货人地址|收货地址|收件地址|详细收货地址|详细地址|所在地区|所在地址|所在省市|联系地址|邮寄地址|寄送地址|家庭住址"
    "|地址|住址|Address|address",
    "postcode": "邮政编码|邮编|邮码",
}
# Words of common speech, and the parts of an address: labels only with a colon.
_COLON: Final = {
    "name": "名字|收货|收件|客户|客户姓名|买家|Name|name|签收人|联络人",
    "address": "地区|省市区|省份|省|城市|市|区县|区/县|区|街道|乡镇|小区|门牌号|门牌|收货地区|国家/地区|国家|寄往|发往",
    "phone": "号码|联络电话|联系号码",
    "postcode": "zip code|zip|Zip|ZIP",
    "other": "备注|留言|订单号|订单编号|订单|快递单号|运单号|单号|身份证号码|身份证号|身份证|商品|数量|规格|昵称|旺旺|微信|QQ|qq"
    "|公司名称|邮箱|Email|email|日期|时间",
}


# People copy forms of both scripts, and mix them: 电話.
_SIMPLIFIED: Final = str.maketrans("電話機號碼聯絡貨詳細區郵編寫時間訂單備註數規買戶", "电话机号码联络货详细区邮编写时间订单备注数规买户")
_BOTH: Final = {new: f"[{new}{chr(old)}]" for old, new in ((old, chr(new)) for old, new in _SIMPLIFIED.items())}


def _alternatives(words: dict[str, str]) -> str:
    known = sorted({word for group in words.values() for word in group.split("|")}, key=lambda w: (-len(w), w))
    return "|".join("".join(_BOTH.get(each, re.escape(each)) for each in word) for word in known)


_FIELDS: Final = {word: field for words in (_WORDS, _COLON) for field, group in words.items() for word in group.split("|")}
_LABEL = re.compile(
    rf"(?P<first>(?<![^\s,;。.|\0(\[【]))?(?:(?P<word>{_alternatives(_WORDS)})(?P<colon>[ 】\])]?[ ]?[::=]+)?"
    rf"|(?P<speech>(?<![^\s,;。.|\0(\[【])(?:{_alternatives(_COLON)}))[】\])]?[ ]?[::=]+)"
)


def find_labels(text: str) -> list[tuple[int, int, str]]:
    """Find labels: start, end, and the field (`name`, `phone`, `address`, `postcode`, `other`), in order.

    Numbers found before are blanked with NUL; a word such as 电话 without a colon is a label right before one.

    >>> [(start, end, field) for start, end, field in find_labels("收货人:张三 地址:深圳市")]
    [(0, 4, 'name'), (7, 10, 'address')]
    >>> find_labels("我们的办公地址位于中国北京市")
    []
    """
    found: list[tuple[int, int, str]] = []
    for match in _LABEL.finditer(text):
        start, end = match.span()
        if word := match["word"]:
            field = _FIELDS[word.translate(_SIMPLIFIED)]
            number_follows = field in {"phone", "postcode"} and text[end : end + 2].lstrip(" ")[:1] in {"\0", ""}
            alone = match["first"] is not None and (field != "address" or text[end : end + 1] != "位")
            if not (match["colon"] or number_follows or alone):
                continue
            found.append((start, end, field))
        else:
            found.append((start, end, _FIELDS[match["speech"].translate(_SIMPLIFIED)]))
    return found
