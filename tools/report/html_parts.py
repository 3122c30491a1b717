# SPDX-License-Identifier: GPL-2.0
"""What a page is made of: its style, tables, signs for results."""

from html import escape

SIGNS = {'pass': '✓', 'fail': '✗', 'skip': '–', 'xfail': '~', 'none': '·'}

STYLE = '''
:root { color-scheme: light dark; --text: #1c2126; --dim: #5b6570;
 --page: #fff; --box: #f4f6f8; --line: #d5dbe1; --pass: #16713b;
 --fail: #b3201f; --skip: #855c00; --passbg: #e2f3e8; --failbg: #fbe3e1;
 --skipbg: #faf0d7; --ordinary: #8a6d3b; --lwd: #1f6fb2; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ec;
 --dim: #9aa5b1; --page: #14181c; --box: #1e242a; --line: #38424c;
 --pass: #6fcf97; --fail: #ff8a80; --skip: #e6c15c; --passbg: #16341f;
 --failbg: #471c1a; --skipbg: #3a2f10; --ordinary: #d2a85a;
 --lwd: #63b0ee; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem;
 font: 16px/1.45 system-ui, sans-serif; color: var(--text);
 background: var(--page); overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem;
 border-bottom: 1px solid var(--line); }
.verdict { display: inline-block; padding: .1rem .7rem; border-radius: .3rem;
 font-weight: 700; }
.pass { color: var(--pass); } .fail { color: var(--fail); }
.skip, .xfail { color: var(--skip); } .none, .dim { color: var(--dim); }
.verdict.pass, td.pass { background: var(--passbg); }
.verdict.fail, td.fail { background: var(--failbg); }
td.skip, td.xfail { background: var(--skipbg); }
nav a { margin-right: .8rem; white-space: nowrap; }
a { color: var(--lwd); }
dl { display: grid; grid-template-columns: max-content 1fr;
 gap: .1rem .8rem; margin: .8rem 0; font-size: .9rem; }
dt { color: var(--dim); } dd { margin: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; margin: .5rem 0;
 overflow-wrap: break-word; }
th, td { padding: .2rem .5rem; text-align: left; vertical-align: top;
 border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; white-space: nowrap;
 font-variant-numeric: tabular-nums; }
td.cell { text-align: center; font-weight: 700; }
th.turn { writing-mode: vertical-rl; transform: rotate(180deg);
 padding: .3rem .1rem; white-space: nowrap; }
.matrix th[scope=row] { position: sticky; left: 0; background: var(--page);
 white-space: nowrap; }
pre { background: var(--box); padding: .6rem; border-radius: .3rem;
 overflow-x: auto; font-size: .8rem; margin: .4rem 0;
 white-space: pre-wrap; }
code { background: var(--box); padding: 0 .25rem; border-radius: .2rem; }
details { margin: .4rem 0; }
summary { cursor: pointer; }
details.case { border-left: .25rem solid var(--fail); padding-left: .6rem; }
.plots { display: grid; gap: 1rem;
 grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
figure { margin: 0; } figcaption { font-size: .9rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--text);
 font: 11px system-ui, sans-serif; }
.ordinary { fill: var(--ordinary); stroke: var(--ordinary); }
.lwd { fill: var(--lwd); stroke: var(--lwd); }
svg .axis { stroke: var(--line); } svg polyline { fill: none; }
svg rect { stroke: none; }
b.ordinary, b.lwd { font-weight: 400; }
b.ordinary::before, b.lwd::before { content: "■ "; }
b.ordinary::before { color: var(--ordinary); }
b.lwd::before { color: var(--lwd); }
@media print { details > * { display: block; } }
'''


def table(head, rows, numbers=(), css=''):
    """Rows of cells; a cell is text or (class, text)."""

    def cell(tag, index, value):
        kind, text = value if isinstance(value, tuple) else ('', value)
        kind = f'{kind} number' if index in numbers else kind
        css = f' class="{kind.strip()}"' if kind.strip() else ''
        scope = ' scope="row"' if tag == 'th' and index == 0 else ''
        return f'<{tag}{css}{scope}>{text}</{tag}>'

    top = ''.join(cell('th', -1, text) for text in head)
    for i in numbers:
        top = ''.join(
            cell('th', j if j in numbers else -1, text)
            for j, text in enumerate(head)
        )
    lines = []
    for row in rows:
        cells = [cell('th' if css else 'td', 0, row[0])]
        cells += [cell('td', i, value) for i, value in enumerate(row) if i]
        lines.append(f'<tr>{"".join(cells)}</tr>')
    return (
        f'<div class="wide"><table class="{css}"><thead><tr>{top}</tr>'
        f'</thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def sign(result, title=''):
    return (
        f'cell {result}',
        f'<span title="{escape(title or result)}">{SIGNS[result]}</span>',
    )
