"""Bills as providers write them, made here from plain rows: nobody's file is copied."""

from __future__ import annotations

import io
import zipfile
from typing import Any

ALL = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
).split(",")
SUCCESS = [*ALL[:14], *ALL[20:25], ALL[26]]
REFUND = [*ALL[:14], "退款申请时间", "退款成功时间", *ALL[14:]]
#: What merchants of old are given: 24 columns.
OLD = [
    {"应结订单金额": "总金额", "代金券金额": "企业红包金额", "充值券退款金额": "企业红包退款金额"}.get(n, n)
    for n in ALL[:24]
]
SUMS = "总交易单数 应结订单总金额 退款总金额 充值券退款总金额 手续费总金额 订单总金额 申请退款总金额".split()
OLD_SUMS = "总交易单数 总交易额 总退款金额 总企业红包退款金额 手续费总金额".split()

#: A sale of 100.00 at 0.6 %, and a refund of 30.00 of it.
SALE = {
    "交易时间": "2026-11-11 10:00:00",
    "公众账号ID": "wx00",
    "商户号": "1900000001",
    "特约商户号": "0",
    "微信订单号": "4200001",
    "商户订单号": "SO1001",
    "交易类型": "JSAPI",
    "交易状态": "SUCCESS",
    "付款银行": "OTHERS",
    "货币种类": "CNY",
    "应结订单金额": "100.00",
    "总金额": "100.00",
    "代金券金额": "0.00",
    "微信退款单号": "0",
    "商户退款单号": "0",
    "退款金额": "0.00",
    "充值券退款金额": "0.00",
    "企业红包金额": "0.00",
    "企业红包退款金额": "0.00",
    "商品名称": "茶",
    "手续费": "0.60000",
    "费率": "0.60%",
    "订单金额": "100.00",
    "申请退款金额": "0.00",
}
BACK = SALE | {
    "交易时间": "2026-11-11 18:30:00",
    "退款申请时间": "2026-11-11 18:30:00",
    "交易状态": "REFUND",
    "应结订单金额": "0.00",
    "总金额": "0.00",
    "微信退款单号": "5030001",
    "商户退款单号": "R-1",
    "退款金额": "30.00",
    "退款类型": "ORIGINAL",
    "退款状态": "PROCESSING",
    "手续费": "-0.18000",
    "订单金额": "0.00",
    "申请退款金额": "30.00",
}
WECHAT_SUMS = "2 100.00 30.00 0.00 0.42000 100.00 30.00".split()


def wechat(
    rows: list[dict[str, str]],
    sums: list[str],
    columns: list[str] = ALL,
    titles: list[str] = SUMS,
    *,
    bom: bool = False,
    end: str = "\n",
) -> bytes:
    """A trade bill of WeChat Pay: backticks before every field, none before headers."""
    lines = [",".join(columns)]
    lines += [",".join(f"`{row.get(name, '')}" for name in columns) for row in rows]
    lines += [",".join(titles), ",".join(f"`{each}" for each in sums)]
    return (("\ufeff" if bom else "") + end.join(lines) + end).encode()


TRADE = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,"
    "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
).split(",")
SUMMARY = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）"
PAID = {
    "支付宝交易号": "2026111122001",
    "商户订单号": "A1001",
    "业务类型": "交易",
    "商品名称": "茶",
    "创建时间": "2026-11-11 09:59:30",
    "完成时间": "2026-11-11 10:00:00",
    "订单金额（元）": "100.00",
    "商家实收（元）": "100.00",
    "商家优惠（元）": "0.00",
    "服务费（元）": "-0.60",
}
RETURNED = PAID | {
    "业务类型": "退款",
    "完成时间": "2026-11-11 18:30:00",
    "订单金额（元）": "-30.00",
    "商家实收（元）": "-30.00",
    "退款批次号/请求号": "R1",
    "服务费（元）": "0.18",
}
ALIPAY_SUMS = ("#交易合计：2笔，商家实收共70.00元，商家优惠共0.00元",)


def details(rows: list[dict[str, str]], sums: tuple[str, ...] = ALIPAY_SUMS, *, half: bool = False) -> str:
    """The details of Alipay's bill: marks, the table with tabs behind its fields, marks."""
    columns = [name.replace("（", "(").replace("）", ")") if half else name for name in TRADE]
    lines = [
        "#支付宝业务明细查询",
        "#账号：[20880000000000010156]",
        "#起始日期：[2026年11月11日 00:00:00]   终止日期：[2026年11月12日 00:00:00]",
        "#-----------------------------------------业务明细列表----------------------------------------",
    ]
    if rows:
        lines.append(",".join(columns))
        lines += [",".join(f"{row.get(name, '')}\t" for name in TRADE) for row in rows]
    lines += ["#-----------------------------------------业务明细列表结束------------------------------------", *sums]
    return "\r\n".join(lines) + "\r\n"


def zipped(text: str, *, summary_first: bool = False) -> bytes:
    """Both files in a zip, their names in GBK without the flag that says what they are in."""
    files = [("20880000000000010156_20261111_业务明细.csv", text)]
    about = f"#支付宝业务汇总查询\r\n#----业务汇总列表----\r\n{SUMMARY}\r\n合计,,1,1,70.00,70.00"
    files.insert(0 if summary_first else 1, ("20880000000000010156_20261111_业务明细(汇总).csv", about))
    out = io.BytesIO()
    bare = {name.encode("gbk"): str(at).encode() * len(name.encode("gbk")) for at, (name, _) in enumerate(files)}
    with zipfile.ZipFile(out, "w") as made:
        for (_, content), place in zip(files, bare.values(), strict=True):
            made.writestr(place.decode(), content.encode("gbk"))
    data = out.getvalue()
    for name, place in bare.items():
        data = data.replace(place, name)
    return data


def a_row(**fields: Any) -> dict[str, Any]:
    """A payment of 9.90 CNY with a fee of 0.06 in a neutral bill."""
    row = {"line": 2, "kind": "payment", "id": "t1", "order": "SO1001", "amount": "9.90 CNY", "fee": "0.06 CNY"}
    return row | {"at": "2026-11-11T10:00:00+08:00"} | fields
