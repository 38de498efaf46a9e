"""How the report looks: on a screen in light and dark, and on paper."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """
:root{--paper:#fff;--ink:#1c2330;--soft:#5b6472;--line:#e3e6eb;--band:#f6f7f9;--base:#7d8ba1;--less:#2e8b57;--more:#c8792b;--total:#2458a6}
@media (prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e7eaf0;--soft:#9aa4b2;--line:#2c323c;--band:#1c2128;--base:#76849a;--less:#4fb381;--more:#e0995a;--total:#6ea1ee}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 24px 48px}
header{display:flex;flex-wrap:wrap;gap:16px 40px;justify-content:space-between;align-items:flex-start;padding-bottom:20px;border-bottom:2px solid var(--ink)}
h1{font-size:24px;line-height:1.25;margin:0 0 12px}
h2{font-size:17px;margin:36px 0 10px}
small{font-size:13px;font-weight:400;color:var(--soft)}
dl{margin:0;display:grid;gap:2px}
dl div{display:flex;gap:10px}
dt{color:var(--soft);min-width:72px}
dd{margin:0}
.payable{margin:0;text-align:right}
.payable span{display:block;color:var(--soft)}
.payable strong{font-size:34px;line-height:1.2;font-variant-numeric:tabular-nums;color:var(--total)}
.picture{margin-top:24px}
svg.waterfall{display:block;width:100%;height:auto;font-size:13.5px}
svg text{fill:var(--ink)}
svg .label{fill:var(--soft)}
svg .amount{font-variant-numeric:tabular-nums}
svg .total{font-weight:600}
svg text.label.total,svg text.amount.total{fill:var(--ink)}
rect.base{fill:var(--base)}rect.less{fill:var(--less)}rect.more{fill:var(--more)}rect.total{fill:var(--total)}
line.step{stroke:var(--soft);stroke-width:1}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:13.5px}
th,td{padding:6px 8px;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500;vertical-align:bottom;line-height:1.3;border-bottom-color:var(--soft)}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
.text{text-align:left;overflow-wrap:break-word}
.number{text-align:right;white-space:nowrap}
th.number{white-space:normal}
td.text:first-child{min-width:9em}
tfoot td{font-weight:600;border-bottom:0;border-top:2px solid var(--soft)}
details{margin-top:14px;border:1px solid var(--line);border-radius:8px;padding:0 16px 12px}
summary{display:flex;justify-content:space-between;gap:16px;margin:0 -16px 8px;padding:10px 16px;background:var(--band);border-radius:8px;font-weight:600;cursor:pointer;font-variant-numeric:tabular-nums;list-style:none}
summary::-webkit-details-marker{display:none}
summary span:first-child::before{content:"▸";display:inline-block;width:1.2em;color:var(--soft)}
details[open]>summary span:first-child::before{content:"▾"}
details:not([open]){padding-bottom:0}
details:not([open])>summary{margin-bottom:0}
details .wide+.wide{margin-top:14px}
footer{margin-top:40px;padding-top:12px;border-top:1px solid var(--line);color:var(--soft);font-size:13px}
footer p{margin:2px 0}
.digest{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;overflow-wrap:anywhere}
@media print{
:root{--paper:#fff;--ink:#000;--soft:#444;--line:#ccc;--band:#f2f2f2;--base:#7d8ba1;--less:#2e8b57;--more:#c8792b;--total:#2458a6}
@page{size:A4;margin:14mm 12mm}
body{font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}
table{font-size:9.5px}
th,td{padding:3px 5px}
h1{font-size:19px}h2{font-size:13px;margin-top:18px;break-after:avoid}
.payable strong{font-size:25px}
details,tr,.picture,header{break-inside:avoid}
details>summary span:first-child::before,details[open]>summary span:first-child::before{content:none}
footer,.digest,small{font-size:9px}
footer{margin-top:18px}
.wide{overflow:visible}
}
""".strip()
