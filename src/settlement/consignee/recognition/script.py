"""Traditional characters as simplified ones, one for one: those of region names, of roads and houses, and of surnames.

A character that has several simplified forms (乾: 乾 or 干) is left as it is, so that nothing is guessed.
"""

from __future__ import annotations

from typing import Final

__all__ = ["simplified"]

_TRADITIONAL: Final = (
    "萬業叢東兩個豐臨爲麗義烏樂習鄉於雲亞僕從侖倉儀們會偉倫餘兒兗黨蘭關興內岡冊軍農衝準涼鳳憑凱則剛別劍勸務動勻區華單盧臥衛廠歷廂廈縣雙"
    "敘疊臺葉後呂啓吳鹹響團園圍國圖聖場壇壩壘墾墊壯壺復頭夾婁孫寧寶審宮寬賓尋壽將爾堯嶼崗嵐島巖嶺嶽嶧峽巒峯嶗崍鞏師帶幹廣莊慶廬庫應開張彌"
    "強歸當彥徵懷恆戶託揚撫鬥無舊晉暉雜權來楊極樅棗樹棲慄欒橋樺夢樓橫畢匯漢湯溝滄瀘澤涇窪湞溮濟瀏渾潯塗淶漣渦潤澗澱淥澠溫遊灣漵滿灤濱灘濰"
    "潛瀾燈靈爐點煙煩愛猶獨獅獻瑪環琿瓊瑤甕甌電疇鹽監蓋盤礦碭硯碩礄確鹼禮祿禪離積稱窯競簡類紅納細織紹經結絳綏績維綿綠縉羅羣聶聯肅勝膠脫臘騰"
    "輿節薌蕪蘆蒼蘇範荊榮滎蔭萊蓮獲蘿營蕭薩藍薊鎣藺蘄蘊觀覺讓訥許詔諸諾調誼謀謨謝謙譙譜貝貞貢賢貴費賀賈資賚賽贊贛趙車輪載輝邊遼達遷邁運進遠"
    "連遜遙鄧郵鄒鄴鄰鬱郟鄭鄆鄖鄲裏鍾鋼欽錢鐵鉛銅銀鋒錯錫錦鎮鏡鑲長門間閔閘聞閩閣閬閶閻陽陰陸隴陳陘陝隨靜韓頂項順頗潁額風饒館馬駐驛驊魚魯鮁鮮"
    "鯉鳩雞鳴鴨鶴鷹麥黃齊龍為啟稜裡衞敍藴鉅瀋淩彙鐘崑樑穀甦"
    "箇線輕軌專號組發術產飯廳際險證學職醫機碼層棟話嚴喬馮劉蔣譚賴閆韋顧龔儲養勞龐戰時樸歐稅紀練終繆計談賁過遲鄺鄔酈鈕闕闞須顏駱鮑"
)
_SIMPLIFIED: Final = (
    "万业丛东两个丰临为丽义乌乐习乡于云亚仆从仑仓仪们会伟伦余儿兖党兰关兴内冈册军农冲准凉凤凭凯则刚别剑劝务动匀区华单卢卧卫厂历厢厦县双"
    "叙叠台叶后吕启吴咸响团园围国图圣场坛坝垒垦垫壮壶复头夹娄孙宁宝审宫宽宾寻寿将尔尧屿岗岚岛岩岭岳峄峡峦峰崂崃巩师带干广庄庆庐库应开张弥"
    "强归当彦征怀恒户托扬抚斗无旧晋晖杂权来杨极枞枣树栖栗栾桥桦梦楼横毕汇汉汤沟沧泸泽泾洼浈浉济浏浑浔涂涞涟涡润涧淀渌渑温游湾溆满滦滨滩潍"
    "潜澜灯灵炉点烟烦爱犹独狮献玛环珲琼瑶瓮瓯电畴盐监盖盘矿砀砚硕硚确碱礼禄禅离积称窑竞简类红纳细织绍经结绛绥绩维绵绿缙罗群聂联肃胜胶脱腊腾"
    "舆节芗芜芦苍苏范荆荣荥荫莱莲获萝营萧萨蓝蓟蓥蔺蕲蕴观觉让讷许诏诸诺调谊谋谟谢谦谯谱贝贞贡贤贵费贺贾资赉赛赞赣赵车轮载辉边辽达迁迈运进远"
    "连逊遥邓邮邹邺邻郁郏郑郓郧郸里钟钢钦钱铁铅铜银锋错锡锦镇镜镶长门间闵闸闻闽阁阆阊阎阳阴陆陇陈陉陕随静韩顶项顺颇颍额风饶馆马驻驿骅鱼鲁鲅鲜"
    "鲤鸠鸡鸣鸭鹤鹰麦黄齐龙为启棱里卫叙蕴巨沈凌汇钟昆梁谷苏"
    "个线轻轨专号组发术产饭厅际险证学职医机码层栋话严乔冯刘蒋谭赖闫韦顾龚储养劳庞战时朴欧税纪练终缪计谈贲过迟邝邬郦钮阙阚须颜骆鲍"
)
_TABLE: Final = {ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
_MARKS: Final = frozenset(_TRADITIONAL)


def simplified(text: str) -> str | None:
    """The text with the traditional characters of region names as simplified ones; None where it has none.

    >>> simplified("廣東省深圳市"), simplified("广东省")
    ('广东省深圳市', None)
    """
    return None if _MARKS.isdisjoint(text) else text.translate(_TABLE)
