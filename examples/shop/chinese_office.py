"""The pages of signing in and of the back office in Chinese, by their English texts."""

from __future__ import annotations

from typing import Final

__all__ = ["OFFICE"]

OFFICE: Final[dict[str, str]] = {
    # signing in
    "User name": "用户名",
    "Password": "密码",
    "User name or password are wrong.": "用户名或密码不对。",
    "The names of the demonstration are {names}; their passwords were printed when the shop was started.": (
        "演示用户有 {names}；密码在启动时打印出来。"
    ),
    # the back office
    "Back office of the mall": "商城后台",
    "Shops": "店铺",
    "Rules of the mall": "商城规则",
    "Rules of {shop}": "{shop}的规则",
    "Rules": "规则",
    "Statement": "对账单",
    "Statement of {shop}": "{shop}的对账单",
    "Asked back, and waiting for you": "等你处理的退款申请",
    "Asked back": "退款申请",
    "All": "全部",
    # one order
    "Nothing was done; look at the fields.": "什么都没有做；请看标出的各栏。",
    "of {left}": "共 {left}",
    "Sent": "已发出",
    "To be sent": "待发货",
    "Came back": "已退回",
    "What came back": "退回的商品",
    "Give the money back": "退款",
    "Give money back": "退钱给买家",
    "There is not so much of it": "没有这么多",
    "granted": "已同意",
    "refused": "已拒绝",
    "Grant": "同意",
    "Refuse": "拒绝",
    "Money of this shop": "本店金额",
    "The buyer pays of it": "其中买家支付",
    # the statement
    "Period": "期间",
    "From": "从",
    "Until": "到",
    "Balance": "余额",
    "Opening balance": "期初余额",
    "Closing balance": "期末余额",
    "A day is written 2026-11-30": "日期写作 2026-11-30",
    "It ends before it begins": "结束早于开始",
    # what if
    "What if": "假如",
    "What if: the rules of the mall": "假如：商城规则",
    "What if: the rules of {shop}": "假如：{shop}的规则",
    "the draft": "草稿",
    "So no order can be settled by them.": "因此无法用它重新结算订单。",
    "Back to the draft": "回到草稿",
    "To this shop, after commission": "本店所得（扣除佣金后）",
    "Every order that was placed counts as it was placed, paid or not. Nothing is kept or changed.": (
        "凡已下的订单，不论是否付款，都按下单时计算。什么都不会保存或更改。"
    ),
    "Of orders with goods of other shops too this shop’s part is shown alone.": (
        "订单中若还有别店商品，这里只显示本店部分。"
    ),
    "There are more: these are the newest {most} of the period.": "还有更多：这里是该期间最新的 {most} 个订单。",
    "{orders} of {read} orders are compared.": "{read} 个订单中有 {orders} 个参与比较。",
    # rules
    "As a form": "表单",
    "As JSON": "JSON",
    "The rules as JSON": "JSON 格式的规则",
    "The whole": "整体",
    "Check": "检查",
    "Keep as a new version": "保存为新版本",
    "Copy": "复制",
    "Copy {part}": "复制{part}",
    "Remove {part}": "删除{part}",
    "yes": "是",
    "no": "否",
    "What check says": "检查结果",
    "So it cannot be kept.": "因此不能保存。",
    "Nothing stands out.": "没有发现问题。",
    "Checked. It is not kept yet.": "已检查，尚未保存。",
    "Versions": "版本",
    "Version {version}": "第 {version} 版",
    "Kept as version {version}; it holds from now on.": "已保存为第 {version} 版，即刻生效。",
    "This is version {version}; keep it, and it holds again.": "这是第 {version} 版；保存后重新生效。",
    "Somebody kept version {version} meanwhile. Look at it, then keep yours.": (
        "其间有人保存了第 {version} 版。请先看过再保存。"
    ),
    "At least one is needed: how would one pay?": "至少需要一种：否则怎么付款？",
    "Goods of this shop are sent by it, so it must stand here: {template}": (
        "本店商品按此模板发货，不能没有：{template}"
    ),
    "An object is expected": "这里应是一个对象",
    "A list is expected": "这里应是一个列表",
    "A shop has freight_templates, promotions and coupons; the rest is the mall's": (
        "店铺只有 freight_templates、promotions 和 coupons；其余归商城"
    ),
    "An offer of this shop is issued by it: {shop}": "本店的优惠由本店发放：{shop}",
    "An offer of this shop is borne by it alone; 0 or nothing stands here": (
        "本店的优惠由本店独自承担；这里只能为 0 或留空"
    ),
}
