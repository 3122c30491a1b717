# SPDX-License-Identifier: GPL-2.0
"""One page that holds all: no server, no script, no other file.

It is read on a phone as well as on a desk, by day and by night; what failed
comes first.
"""

import collections
import math
from html import escape

import differ
import record

NAME = 'report.html'
SIGNS = {'pass': '✓', 'fail': '✗', 'skip': '–', 'xfail': '~', 'none': '·'}
LABELS = ('ordinary', 'lwd')

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


def draw(results, old=None):
    sections = [
        ('failed', 'What failed', failed(results)),
        ('changed', 'Compared with an earlier record', changed(results, old)),
        ('patches', 'Patches and checks', patches(results)),
        ('kinds', 'Requirements and kinds', kinds(results)),
        ('requirements', 'Requirements', requirements(results)),
        ('footprint', 'Footprint', footprint(results)),
    ]
    for name in ('flakes', *record.SECTIONS):
        sections.append((name, name.capitalize(), other(results.get(name))))
    sections += [
        ('skipped', 'Skipped', skipped(results)),
        ('cases', 'All cases', all_cases(results)),
    ]
    sections = [entry for entry in sections if entry[2]]
    links = ''.join(
        f'<a href="#{key}">{title}</a>' for key, title, _ in sections
    )
    body = ''.join(
        f'<section><h2 id="{key}">{title}</h2>{text}</section>\n'
        for key, title, text in sections
    )
    word = verdict(results)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'\n<title>{word} {escape(results["name"])}</title>\n'
        '<link rel="icon" href="data:,">\n'
        f'<style>{STYLE}</style></head>\n<body>\n{header(results)}'
        f'<nav>{links}</nav>\n{body}</body></html>\n'
    )


def verdict(results):
    return 'PASS' if record.passed(results) else 'FAIL'


def header(results):
    word = verdict(results)
    totals = ', '.join(
        f'{count} {key}' for key, count in results['totals'].items()
    )
    series = results.get('series', {})
    parts = ', '.join(
        f'{part.get("name")} ({part.get("patches")})'
        for part in series.get('parts', [])
    )
    host = dict(results.get('host', {}))
    if host.get('memory'):
        host['memory'] = f'{host["memory"] / 2**30:.0f} GiB'
    kernel = results.get('kernel', {})
    facts = {
        'run': results['name'],
        'command': results.get('command'),
        'started': results.get('started'),
        'took': f'{results.get("seconds") or 0:,.0f} s',
        'base': results.get('base', {}).get('version'),
        'series': f'{series.get("name")}, {series.get("patches")} patches'
        if series
        else None,
        'parts': parts,
        'digest': series.get('digest'),
        'kernel': kernel.get('release'),
        'engine': results.get('engine'),
        'compiler': results.get('compiler'),
        'machine': ', '.join(f'{key} {value}' for key, value in host.items()),
    }
    rows = ''.join(
        f'<dt>{key}</dt><dd>{escape(str(value))}</dd>'
        for key, value in facts.items()
        if value
    )
    return (
        '<header><h1>Lightweight network devices</h1>\n'
        f'<p><span class="verdict {word.lower()}">{word}</span> {totals}</p>'
        f'<dl>{rows}</dl></header>\n'
    )


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


def failed(results):
    found = []
    for suite, case in record.cases(results):
        if case['result'] != 'fail':
            continue
        log = case.get('log', '')
        found.append(
            f'<details class="case"{" open" if len(found) < 5 else ""}>'
            f'<summary><b class="fail">{escape(suite)}: '
            f'{escape(case["name"])}</b></summary>'
            f'<pre>{escape(case["message"])}</pre>'
            + (
                f'<details><summary>its log</summary><pre>{escape(log)}</pre>'
                '</details>'
                if log
                else ''
            )
            + '<p>Again: <code>'
            f'{escape(record.repeat(suite, case["name"]))}</code></p>'
            '</details>'
        )
    if not found and not record.passed(results):
        return '<p>Nothing passed, and nothing failed: nothing ran.</p>'
    return ''.join(found)


def changed(results, old):
    if not old:
        return ''
    result = differ.compare(old, results, differ.base_of(results))
    worse = result.worse()
    word = 'fail' if worse else 'pass'
    lines = [
        f'<p><span class="verdict {word}">'
        f'{"worse" if worse else "nothing is worse"}</span> '
        f'{escape("; ".join(worse))}</p>',
        f'<p>old: {escape(differ.describe(old))}<br>'
        f'new: {escape(differ.describe(results))}</p>',
    ]
    if result.notes:
        items = ''.join(f'<li>{escape(note)}</li>' for note in result.notes)
        lines.append(f'<ul class="dim">{items}</ul>')
    rows = [
        (
            ('fail' if kind in differ.WORSE else '', differ.KINDS[kind]),
            escape(name),
            escape(text),
        )
        for kind, entries in result.cases.items()
        for name, text in entries
        if kind != 'added'
    ]
    if rows:
        lines.append(table(('what', 'case', ''), rows))
    if result.cases['added']:
        lines.append(f'<p>{len(result.cases["added"])} new cases.</p>')
    told = differ.figures_told(result)
    if told:
        colour = {'worse': 'fail', 'better': 'pass'}
        rows = [
            (
                escape(row['what']),
                f'{row["old"]:,g}',
                f'{row["new"]:,g}',
                f'{row["margin"]:,.1f}',
                (colour.get(row['verdict'], ''), row['verdict']),
            )
            for row in told
        ]
        lines.append(
            table(('figure', 'old', 'new', 'margin', ''), rows, (1, 2, 3))
        )
    elif result.figures:
        lines.append(
            f'<p>{len(result.figures)} figures, none outside the spread.</p>'
        )
    if result.patches:
        lines.append(
            '<p>Patches (! changed, &gt; new, &lt; gone):</p><pre>'
            + escape('\n'.join(result.patches))
            + '</pre>'
        )
    return ''.join(lines)


def patches(results):
    rows, errors, part, bad = [], [], None, False
    for patch in results.get('patches', []):
        if patch['part'] != part:
            part = patch['part']
            rows.append((('dim', ''), ('dim', f'<b>{escape(part)}</b>')))
        states = [record.check_state(patch, name) for name in record.CHECKS]
        failing = any(state == 'fail' for state, _ in states)
        first = failing and not bad
        bad = bad or failing
        subject = escape(patch['subject'])
        if failing:
            subject = f'<b class="fail">{subject}</b>'
        if first:
            subject += ' <b class="fail">(the first bad one)</b>'
        rows.append(
            (
                str(patch['n']),
                subject,
                *(sign(state, words) for state, words in states),
                f'{patch.get("seconds") or 0:,.0f}',
            )
        )
        if patch.get('error'):
            errors.append(
                f'<details class="case" open><summary>{patch["n"]}: '
                f'{escape(patch["subject"])}</summary>'
                f'<pre>{escape(str(patch["error"]))}</pre></details>'
            )
    if not rows:
        return ''
    turned = tuple(('turn', name) for name in record.CHECKS)
    return table(
        ('', 'patch', *turned, 's'), rows, (len(record.CHECKS) + 2,), 'matrix'
    ) + ''.join(errors)


def kinds(results):
    told = record.kind_matrix(results)
    used = [
        name
        for name in results.get('requirements', {})
        if any(name in cell for cell in told.values())
    ]
    if not used:
        return ''
    absent = set(results.get('kinds_absent', []))
    rows = []
    for kind in sorted(told, key=lambda kind: (kind in absent, kind)):
        cells = [
            sign(told[kind].get(name, 'none'), f'{kind}, {name}')
            for name in used
        ]
        word = ' <span class="dim">absent</span>' if kind in absent else ''
        rows.append((escape(kind) + word, *cells))
    words = results['requirements']
    turned = tuple(
        ('turn', f'<span title="{escape(words[name])}">{name}</span>')
        for name in used
    )
    return table(('kind', *turned), rows, css='matrix')


def requirements(results):
    known = results.get('requirements', {})
    count = collections.defaultdict(collections.Counter)
    parts = []
    for suite, case in record.cases(results):
        part = suite.split('/')[0]
        for name in case['requirements']:
            count[name][part] += 1
            if part not in parts:
                parts.append(part)
    if not known:
        return ''
    proofs = record.proofs(results)
    rows = [
        (
            name,
            sign(proofs.get(name, 'none')),
            *(str(count[name][part] or '') for part in parts),
            escape(words),
        )
        for name, words in known.items()
    ]
    good = sum(result == 'pass' for result in proofs.values())
    head = ('', '', *(('turn', part) for part in parts), 'what it says')
    return (
        f'<p>{good} of {len(known)} are proved. The numbers are cases.</p>'
        + table(head, rows, css='matrix')
    )


def other(data):
    """What another part has to tell, whatever its form."""
    if not data:
        return ''
    if isinstance(data, dict):
        plain = {k: v for k, v in data.items() if not is_rows(v)}
        rows = [(escape(str(k)), escape(brief(v))) for k, v in plain.items()]
        text = table(('', ''), rows) if rows else ''
        for key, value in data.items():
            if key not in plain:
                text += f'<p>{escape(str(key))}</p>{other(value)}'
        return text
    if is_rows(data):
        keys = list(dict.fromkeys(key for row in data for key in row))
        rows = [
            tuple(escape(brief(row.get(key, ''))) for key in keys)
            for row in data
        ]
        return table([escape(str(key)) for key in keys], rows)
    return f'<pre>{escape(brief(data))}</pre>'


def is_rows(value):
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, dict) for row in value)
    )


def brief(value):
    if isinstance(value, list):
        return ', '.join(map(str, value))
    return str(value)


def footprint(results):
    rows = []
    pairs = record.footprint(results)
    for (kind, state), cell in pairs.items():
        both = [cell.get(label) for label in LABELS]
        share = ''
        if all(both):
            sizes = [row['bytes_per_device'] for row in both]
            share = f'{100 * sizes[1] / sizes[0]:.0f} %' if sizes[0] else ''
        rows.append(
            (
                f'{escape(kind)}, {escape(state)}',
                *(
                    figure(row, key, digits)
                    for key, digits in (
                        ('bytes_per_device', 0),
                        ('create_us', 1),
                        ('delete_us', 1),
                    )
                    for row in both
                ),
                share,
            )
        )
    if not rows:
        return ''
    head = [
        'kind, state',
        'bytes, ordinary',
        'lwd',
        'create µs, ordinary',
        'lwd',
        'delete µs, ordinary',
        'lwd',
        'share of bytes',
    ]
    plots = [
        bars(pairs, 'bytes_per_device', 'Bytes per device'),
        bars(pairs, 'create_us', 'Create, µs per device'),
        bars(pairs, 'delete_us', 'Delete, µs per device'),
        curves(results, 'create_us', 'Create, µs, against count'),
        curves(results, 'delete_us', 'Delete, µs, against count'),
    ]
    sizes = ''
    if results.get('sizes'):
        sizes = table(
            ('size in bytes', 'with the series', 'without'),
            [
                (
                    escape(row['name']),
                    f'{row["bytes"]:,}',
                    f'{row["without"]:,}',
                )
                for row in results['sizes']
            ],
            (1, 2),
        )
    return (
        table(head, rows, range(1, 8), 'matrix')
        + '<p><b class="ordinary">ordinary</b> &nbsp; '
        f'<b class="lwd">lwd</b></p><div class="plots">{"".join(plots)}'
        f'</div>{sizes}'
    )


def figure(row, key, digits):
    if not row:
        return '-'
    spread = row.get('spread', {}).get(key)
    title = f'spread {spread:.1%} of {row["repeats"]}' if spread else 'once'
    return f'<span title="{title}">{row[key]:,.{digits}f}</span>'


def bars(pairs, key, title):
    """Two bars for each kind and state, with their figures."""
    top = max(row[key] for cell in pairs.values() for row in cell.values())
    lines, y = [], 4
    for (kind, state), cell in pairs.items():
        lines.append(
            f'<text x="0" y="{y + 14}">{escape(kind)} {escape(state)}</text>'
        )
        for label in LABELS:
            if label not in cell:
                continue
            value = cell[label][key]
            width = 190 * value / top if top else 0
            lines.append(
                f'<rect class="{label}" x="100" y="{y}" height="11" '
                f'width="{width:.1f}"/><text x="{104 + width:.1f}" '
                f'y="{y + 10}">{value:,.{0 if value > 99 else 1}f}</text>'
            )
            y += 13
        y += 8
    return picture(title, 360, y, lines)


def picture(title, width, height, lines):
    return (
        f'<figure><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(lines)}</svg></figure>'
    )


def curves(results, key, title):
    """Against the number of devices, of what was measured at several."""
    series = collections.defaultdict(list)
    for row in results.get('footprint', []):
        name = row['kind'], row['state'], row['label']
        series[name].append((row['n'], row[key]))
    series = {
        name: sorted(set(points))
        for name, points in series.items()
        if len({n for n, _ in points}) > 1
    }
    if not series:
        return ''
    every = [point for points in series.values() for point in points]
    low, high = (math.log10(pick(n for n, _ in every)) for pick in (min, max))
    top = max(value for _, value in every) or 1

    def place(point):
        x = 40 + 230 * (math.log10(point[0]) - low) / (high - low)
        return f'{x:.1f},{160 - 145 * point[1] / top:.1f}'

    lines = [
        '<path class="axis" fill="none" d="M40 10V160H280"/>',
        f'<text x="0" y="20">{top:,.0f}</text>'
        '<text x="28" y="164">0</text>',
    ]
    for n in sorted({n for n, _ in every}):
        x = place((n, 0)).split(',')[0]
        lines.append(
            f'<text x="{x}" y="176" text-anchor="middle">{n:,}</text>'
        )
    for (kind, state, label), points in series.items():
        spots = [place(point) for point in points]
        x, y = spots[-1].split(',')
        lines.append(
            f'<polyline class="{label}" points="{" ".join(spots)}"/>'
            f'<text x="{float(x) + 5}" y="{y}">{escape(kind)}, '
            f'{escape(state)}</text>'
        )
    return picture(title, 360, 182, lines)


def skipped(results):
    reasons = collections.defaultdict(list)
    for suite, case in record.cases(results):
        if case['result'] in ('skip', 'xfail'):
            reasons[case['message'].split('\n')[0]].append(
                f'{suite}: {case["name"]}'
            )
    rows = [
        (
            escape(reason),
            str(len(names)),
            escape(', '.join(names[:5])) + (' …' if len(names) > 5 else ''),
        )
        for reason, names in reasons.items()
    ]
    return table(('reason', 'cases', ''), rows, (1,)) if rows else ''


def all_cases(results):
    lines = []
    for suite in results['suites']:
        totals = record.totals_of(suite['cases'])
        seconds = sum(case['seconds'] for case in suite['cases'])
        words = ', '.join(f'{n} {key}' for key, n in totals.items() if n)
        state = 'fail' if totals['failed'] else 'dim'
        rows = [
            (
                sign(case['result']),
                escape(case['name']),
                f'{case["seconds"]:.2f}',
                ' '.join(case['requirements']),
            )
            for case in suite['cases']
        ]
        lines.append(
            f'<details><summary>{escape(suite["name"])} '
            f'<span class="{state}">{words}, {seconds:.0f} s</span></summary>'
            + table(('', 'case', 's', 'proves'), rows, (2,))
            + '</details>'
        )
    return ''.join(lines)
