"""What people call units beside their own names: contractions, zones, and counties that became cities before 2000."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALIASES", "KEPT", "NEEDS_PARENT", "ONCE_COUNTIES", "TOWNS_TOO", "ZONES"]

#: Contractions and names in use that are not made of a unit's own name: spelling -> code.
ALIASES: Final[Mapping[str, str]] = {
    "内蒙": "150000",
    "新疆自治区": "650000",
    "广西自治区": "450000",
    "宁夏自治区": "640000",
    "西藏自治区": "540000",
    "阜蒙县": "210921",
    "喀左县": "211324",
    "前郭县": "220721",
    "杜蒙县": "230624",
    "达茂旗": "150223",
    "莫旗": "150722",
    "鄂温克旗": "150724",
    "科左中旗": "150521",
    "科左后旗": "150522",
    "科右前旗": "152221",
    "科右中旗": "152222",
    "察右前旗": "150926",
    "察右中旗": "150927",
    "察右后旗": "150928",
    "土左旗": "150121",
    "土右旗": "150221",
    "东乌旗": "152525",
    "西乌旗": "152526",
    "克旗": "150425",
    "锡盟": "152500",
    "巴州": "652800",
    "博州": "652700",
    "克州": "653000",
    "察县": "654022",
    "塔县": "653131",
    "双江县": "530925",
    "积石山县": "622927",
    "雨花区": "320114",
    "浦东区": "310115",
    "雄安新区": "130600",
    "苏州工业园区": "320500",
    "加格达奇区": "232700",
    "松岭区": "232700",
    "新林区": "232700",
    "呼中区": "232700",
}
#: Aliases that say something only below the unit itself is known by: 雨花区 alone is a district of 长沙.
NEEDS_PARENT: Final = frozenset({"雨花区", "松岭区", "新林区", "呼中区", "克旗", "莫旗", "察县", "塔县"})
#: Zones that stand below their prefecture as a district does, without a code of GB/T 2260: they name the district.
ZONES: Final = frozenset({"加格达奇区", "松岭区", "新林区", "呼中区"})
#: Zones that are known to lie in a prefecture, and whose name stays a part of the address.
KEPT: Final = frozenset({"雄安新区", "苏州工业园区"})

#: Stems of the cities and districts in use that one county (昆山县) became as a whole before 2000, when the catalogue's
#: history begins, by province. Compiled from yescallop/areacodes; what was divided is left out, and so never taken.
ONCE_COUNTIES: Final[Mapping[str, str]] = {
    "11": "房山 顺义 昌平",
    "13": "藁城 新乐 丰南 遵化 迁安 武安 南宫 沙河 安国 任丘 黄骅 河间 安次 三河",
    "14": "潞城 高平 平鲁 榆次 介休 永济 河津 原平 离石 孝义 汾阳",
    "15": "东胜 临河 丰镇",
    "21": "新民 庄河 海城 灯塔 北票 凌源 兴城",
    "22": "榆树 德惠 蛟河 桦甸 舒兰 磐石 双辽 集安 临江 大安 敦化 珲春 龙井 和龙",
    "23": "双城 尚志 五常 讷河 虎林 密山 铁力 同江 富锦 海林 宁安 穆棱 爱辉 北安 安达 肇东 海伦",
    "31": "金山 松江 青浦",
    "32": "江阴 宜兴 新沂 金坛 溧阳 吴江 常熟 昆山 太仓 海门 启东 如皋 大丰 东台 江都 "
    "仪征 高邮 丹阳 扬中 句容 兴化 靖江 泰兴",
    "33": "萧山 余杭 富阳 临安 建德 奉化 余姚 慈溪 瑞安 乐清 海宁 平湖 桐乡 上虞 诸暨 "
    "兰溪 义乌 永康 江山 定海 普陀 温岭 临海 龙泉",
    "34": "桐城 天长 界首 贵池 宁国",
    "35": "长乐 福清 同安 永安 晋江 南安 建阳 邵武 建瓯 漳平 福安 福鼎",
    "36": "乐平 瑞昌 贵溪 瑞金 井冈山 丰城 高安 临川 德兴",
    "37": "历城 章丘 崂山 即墨 平度 莱西 福山 蓬莱 莱阳 招远 栖霞 海阳 诸城 寿光 高密 "
    "昌邑 兖州 曲阜 新泰 肥城 荣成 乳山 乐陵 禹城 临清",
    "41": "荥阳 新郑 登封 偃师 沁阳 长葛 灵宝 永城 项城",
    "42": "黄陂 新洲 大冶 宜都 当阳 枣阳 宜城 钟祥 应城 安陆 汉川 石首 洪湖 麻城 恩施 利川 潜江 天门",
    "43": "浏阳 醴陵 湘乡 耒阳 常宁 武冈 汨罗 沅江 资兴 吉首",
    "44": "番禺 从化 乐昌 南雄 顺德 三水 高明 台山 开平 鹤山 恩平 廉江 吴川 高州 化州 "
    "信宜 高要 四会 兴宁 阳春 英德 普宁 罗定",
    "45": "岑溪 桂平 北流",
    "46": "琼海 文昌 万宁 东方",
    "50": "江津 合川 永川 南川",
    "51": "邛崃 简阳 广汉 什邡 绵竹 江油 阆中 广安 万源 西昌",
    "52": "清镇 赤水 仁怀 兴义 凯里 都匀 福泉",
    "53": "安宁 宣威 思茅 楚雄 景洪 大理 瑞丽",
    "61": "临潼 兴平 韩城 华阴",
    "62": "敦煌",
    "64": "灵武 青铜峡",
    "65": "昌吉 阜康 博乐 库尔勒 阿克苏 阿图什 塔城 乌苏 阿勒泰",
}
#: Stems of county-level cities that towns in three or more other prefectures are called by, or that are everyday words.
TOWNS_TOO: Final = frozenset(
    (
        "龙泉 沙河 文昌 韩城 兴城 辛集 永安 凤城 东阳 乐平 南安 孝义 双河 新民 龙口 "
        "新乐 榆树 临江 平湖 灯塔 永康 天门 阳春 高平 兴平 三河 兴仁 "
        "华亭 澄江 界首 白杨 磐石 东方 高安 丹阳 赤水 武安 龙井 樟树 江山 新星 合作 安宁 昆玉"
    ).split()
)
