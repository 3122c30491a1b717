# SPDX-License-Identifier: GPL-2.0
"""One page that holds all: no server, no script, no other file.

It is read on a phone as well as on a desk, by day and by night; what failed
comes first.
"""

import collections
from html import escape

import as_difference
import differ
import html_footprint
import record
import revision
from html_parts import STYLE, sign, table

NAME = 'report.html'


def draw(results, old=None):
    sections = [
        ('failed', 'What failed', failed(results)),
        ('changed', 'Compared with an earlier record', changed(results, old)),
        ('patches', 'Patches and checks', patches(results)),
        ('kinds', 'Requirements and kinds', kinds(results)),
        ('requirements', 'Requirements', requirements(results)),
        ('footprint', 'Footprint', html_footprint.draw(results)),
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
    result = differ.compare(old, results, revision.base_of(results))
    worse = result.worse()
    word = 'fail' if worse else 'pass'
    lines = [
        f'<p><span class="verdict {word}">'
        f'{"worse" if worse else "nothing is worse"}</span> '
        f'{escape("; ".join(worse))}</p>',
        f'<p>old: {escape(as_difference.describe(old))}<br>'
        f'new: {escape(as_difference.describe(results))}</p>',
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
    told = as_difference.figures_told(result)
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
    if not known or not parts:
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
