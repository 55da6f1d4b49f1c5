// The look of an exported page: light and dark, from a phone's width up.
export default `
:root{color-scheme:light dark;--bg:#fbfaf7;--ink:#1d1c1a;--soft:#6d6a64;--line:#dedad2;--card:#fff;--accent:#2f54c9;--on:#fff;--fault:#b3261e}
@media(prefers-color-scheme:dark){:root{--bg:#141518;--ink:#e9e7e3;--soft:#9d9a94;--line:#33353b;--card:#1c1e22;--accent:#8fa6ff;--on:#10131c;--fault:#ff8f86}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:46rem;margin:0 auto;padding:clamp(1.25rem,5vw,3.5rem) clamp(1rem,4vw,2rem) 2rem;display:grid;gap:1rem}
main>*{min-width:0}
h1{font-size:clamp(1.5rem,5vw,2.1rem);line-height:1.15;margin:0;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{font-size:.8rem;margin:1rem 0 .35rem;color:var(--soft);font-weight:600}
.about{margin:-.5rem 0 .5rem;color:var(--soft)}
textarea,input[type=text],input[type=number],select{width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.6rem .75rem}
textarea{resize:vertical;line-height:1.5}
input[type=range]{width:100%;accent-color:var(--accent);margin:.55rem 0}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem 1.1rem;align-items:end}
.row.buttons{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
.field{display:grid;gap:.25rem}
.field>span{font-size:.85rem;color:var(--soft);text-transform:none}
.field output{color:var(--ink);font-variant-numeric:tabular-nums;font-weight:600}
button{font:inherit;font-weight:600;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.55rem 1.1rem;cursor:pointer;min-width:5.5rem}
button.main{background:var(--accent);border-color:var(--accent);color:var(--on)}
button:hover{filter:brightness(1.06)}
kbd{font:inherit;font-size:.8rem;color:var(--soft)}
@media(hover:none){kbd{display:none}}
.text{margin:0;padding:1rem 1.1rem;background:var(--card);border:1px solid var(--line);border-radius:.8rem;white-space:pre-wrap;overflow-wrap:anywhere;min-height:12rem;font:1rem/1.6 ui-serif,Georgia,"Times New Roman",serif}
.text b{color:var(--accent);font-weight:600}
.note{margin:0;font-size:.85rem;color:var(--soft)}
.fault{color:var(--fault)}
.results{display:grid;gap:.5rem}
.results>*{min-width:0}
.results p{margin:0}
.bar{display:grid;grid-template-columns:minmax(3rem,8rem) 1fr 3.5rem;gap:.75rem;align-items:center}
.bar span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bar i{display:block;height:.8rem;border-radius:.4rem;background:var(--line);overflow:hidden}
.bar u{display:block;height:100%;border-radius:.4rem;background:var(--soft);transition:width .2s}
.bar output{text-align:right;font-variant-numeric:tabular-nums;color:var(--soft)}
.bar.best span,.bar.best output{font-weight:650;color:var(--ink)}
.bar.best u{background:var(--accent)}
.tokens{line-height:2}
.tokens mark{color:inherit;border-radius:.3rem;padding:.15rem .25rem;background:color-mix(in srgb,var(--accent) var(--share),transparent)}
.tagged{line-height:2.4;font-size:1.05rem;white-space:pre-wrap;overflow-wrap:anywhere}
mark.span{color:inherit;background:hsl(var(--hue) 75% 50%/.18);border:1px solid hsl(var(--hue) 70% 50%/.45);border-radius:.45rem;padding:.15rem .35rem;white-space:nowrap}
mark.span small{margin-left:.4rem;font-size:.68em;font-weight:650;color:hsl(var(--hue) 60% 38%)}
@media(prefers-color-scheme:dark){mark.span small{color:hsl(var(--hue) 75% 76%)}}
.large{font-size:1.25rem;line-height:1.4;overflow-wrap:anywhere}
.number{font-size:clamp(2.5rem,12vw,4.5rem);font-weight:650;letter-spacing:-.03em;color:var(--accent);line-height:1.1}
ol,ul{margin:0;padding-left:1.4rem;color:var(--soft)}
.names{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.5rem}
.names li{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.5rem .75rem;display:grid}
.names b{color:var(--ink);font-weight:600;overflow-wrap:anywhere}
.names small{min-height:1.2em}
svg{width:100%;height:auto;background:var(--card);border:1px solid var(--line);border-radius:.8rem;display:block}
.chart polyline{fill:none;stroke:var(--soft);stroke-width:2;stroke-linejoin:round}
.chart .next{stroke:var(--accent);stroke-dasharray:5 4}
.chart .ahead{fill:var(--accent);opacity:.08}
.chart circle{fill:var(--accent)}
.chart text{font:12px system-ui,sans-serif;fill:var(--soft)}
.roll rect{fill:var(--accent)}
.roll .head{stroke:var(--ink);stroke-width:2}
.wide{overflow-x:auto}
table{border-collapse:collapse}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left}
th{color:var(--soft);font-weight:500}
footer{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.82rem;color:var(--soft)}
`;
