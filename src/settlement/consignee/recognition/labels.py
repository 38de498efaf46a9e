"""The labels of forms and chat messages: 收货人:, 电话, 详细地址: … and the field that each announces."""

from __future__ import annotations

import re
from typing import Final

from settlement.consignee.recognition.lazily import lazily

__all__ = ["find_labels"]

# Words that announce a field by themselves at the beginning of a piece, or anywhere with a colon.
_WORDS: Final = {
    "name": "收货人姓名|收件人姓名|联系人姓名|收货联系人|收货人|收件人|联系人|姓名|联络人|寄件人|收货人名字",
    "phone": "联系电话|备用电话|备用手机|备用联系电话|家庭电话|公司电话|紧急联系电话"
    "|联系方式|联系手机|手机号码|手机号|电话号码|收货电话|收件电话|收货人电话|收件人电话"
    "|收货人手机号|收货人手机|手机|电话|座机|固话|联络电话|Tel|TEL|tel|Phone|Mobile|phone|mobile",
    "address": "收货人地址|收货地址|收件地址|详细收货地址|详细地址|所在地区|所在地址|所在省市|联系地址|邮寄地址"
    "|寄送地址|家庭住址|地址|住址|Address|address",
    "postcode": "邮政编码|邮编|邮码",
}
# Words of common speech, and the parts of an address: labels only with a colon.
_COLON: Final = {
    "name": "名字|收货|收件|收|收方|收件方|收货方|收货姓名|收件姓名|联系人名称|称呼|客户|客户姓名|买家|Name|name|签收人"
    "|联络人"
    "|收件人/电话|收货人/电话|联系人/电话|姓名/电话",
    "address": "地区|省市区|省份|省|城市|市|区县|区/县|区|街道|乡镇|小区|门牌号|门牌|收货地区|国家/地区|国家"
    "|寄往|发往|寄|寄到|发到|送到"
    "|送货地址|配送地址|通讯地址"
    "|通信地址|街道地址|具体地址|新地址|家庭地址|公司地址|单位地址"
    "|收货详细地址|收件人地址|收件人详细地址|收货人详细地址|省市区县|所在区域",
    "phone": "号码|联络电话|联系号码|联系人电话|联系人手机|收货手机|收件手机|收货手机号|收件人手机|收件人手机号"
    "|收件人联系电话|收货人联系电话"
    "|收货人联系方式|收件人联系方式|手机/电话|电话/手机",
    "postcode": "zip code|zip|Zip|ZIP",
    "note": "备注|留言|买家留言|附言",
    "header": "收货信息|收件信息|收件人信息|收货人信息|联系信息|地址信息",
    "other": "快递公司|快递|物流|订单号|订单编号|订单|快递单号|运单号|单号|身份证号码|身份证号|身份证"
    "|商品|数量|规格|昵称|旺旺|微信|QQ|qq"
    "|公司名称|邮箱|Email|email|日期|时间",
}


# People copy forms of both scripts, and mix them: 电話.
_SCRIPTS: Final = (
    "电電 话話 机機 号號 码碼 联聯 络絡 货貨 详詳 细細 区區 邮郵 编編 时時 间間 订訂 单單 备備 数數 规規 买買 户戶"
).split()
_SIMPLIFIED: Final = {ord(pair[1]): pair[0] for pair in _SCRIPTS}
_TRADITIONAL: Final = lazily(f"[{''.join(pair[1] for pair in _SCRIPTS)}]")


def _alternatives(words: dict[str, str]) -> str:
    """The words, the longest first; all literal, which the pattern engine is fast at."""
    known = {word for group in words.values() for word in group.split("|")}
    return "|".join(map(re.escape, sorted(known, key=lambda word: (-len(word), word))))


_FIELDS: Final = {
    word: field for words in (_WORDS, _COLON) for field, group in words.items() for word in group.split("|")
}
_WORD = lazily(rf"(?:{_alternatives(_WORDS)})(?P<colon>[ 】\])]?[ ]?[::=]+)?")
_SPEECH = lazily(rf"(?:{_alternatives(_COLON)})(?=[】\])]?[ ]?[::=])[】\])]?[ ]?[::=]+")
# Forms set their labels as wide as the longest: 收 货 人:, 电    话:
_SPACED = lazily(
    "(?:"
    + "|".join(" {1,8}".join(word) for word in "收货人 收件人 联系人 姓名 电话 手机 地址 邮编".split())
    + ")(?P<colon> {0,8}[:=]+)?"
)
_EDGES: Final = frozenset(" \n,;。.|\0([【")


def find_labels(text: str) -> list[tuple[int, int, str]]:
    """Find labels: start, end, and the field (`name`, `phone`, `address`, `postcode`, `note`, `other`), in order.

    Numbers found before are blanked with NUL; a word such as 电话 without a colon is a label right before one.

    >>> [(start, end, field) for start, end, field in find_labels("收货人:张三 地址:深圳市")]
    [(0, 4, 'name'), (7, 10, 'address')]
    >>> find_labels("我们的办公地址位于中国北京市")
    []
    """
    found: list[tuple[int, int, str]] = []
    if _TRADITIONAL.search(text):
        text = text.translate(_SIMPLIFIED)  # character by character: every place stays where it was
    for match in _WORD.finditer(text):
        start, end = match.span()
        colon = match["colon"] or ""
        field = _FIELDS[text[start : end - len(colon)]]
        if not colon:
            number_follows = field in {"phone", "postcode"} and text[end : end + 2].lstrip(" ")[:1] in {"\0", ""}
            alone = (start == 0 or text[start - 1] in _EDGES) and (field != "address" or text[end : end + 1] != "位")
            if not (number_follows or alone):
                continue
        found.append((start, end, field))
    if ":" in text or "=" in text:
        taken = {end for _, end, _ in found}
        for match in _SPEECH.finditer(text):
            start, end = match.span()
            if end not in taken and (start == 0 or text[start - 1] in _EDGES):
                word = match[0].rstrip(" :=】])")
                found.append((start, end, _FIELDS[word]))
        for match in _SPACED.finditer(text) if " " in text else ():
            start, end = match.span()
            if match["colon"] or start == 0 or text[start - 1] in _EDGES:
                found.append((start, end, _FIELDS[match[0].replace(" ", "").rstrip(":=")]))
        found.sort()
    return found
