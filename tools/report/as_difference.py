# SPDX-License-Identifier: GPL-2.0
"""What is different between two records, for a terminal or in Markdown."""

import differ


def figures_told(result):
    """Figures that changed; all times of one machine are noise otherwise."""
    return [
        row
        for row in result.figures + result.sizes
        if row['verdict'] in ('worse', 'better', 'told')
    ]


def describe(results):
    series = results.get('series', {})
    return (
        f'{results["name"]} (series {series.get("name", "?")}, '
        f'{series.get("patches", "?")} patches, '
        f'{str(series.get("digest", "?"))[:12]})'
    )


def verdict(result):
    worse = result.worse()
    return f'worse: {"; ".join(worse)}' if worse else 'nothing is worse'


def draw_text(result):
    lines = [f'old: {describe(result.old)}', f'new: {describe(result.new)}']
    lines += [f'  note: {note}' for note in result.notes]
    for kind, entries in result.cases.items():
        if not entries:
            continue
        lines.append(f'{differ.KINDS[kind]} ({len(entries)})')
        if kind == 'added':  # their number says enough
            continue
        sign = ' -> ' if kind == 'renamed' else ' -- '
        lines += [
            f'  {name}{sign if text else ""}{text}' for name, text in entries
        ]
    told = figures_told(result)
    if told:
        lines.append('figures outside the spread of both')
        lines += [
            f'  {row["what"]:<44} {row["old"]:>10,g} -> {row["new"]:>10,g}'
            f'  +-{row["margin"]:,.1f}  {row["verdict"]}'
            for row in told
        ]
    elif result.figures:
        lines.append(f'{len(result.figures)} figures compared, none differs')
    if result.patches:
        lines.append('patches (! changed, > new, < gone)')
        lines += [f'  {line}' for line in result.patches]
    elif result.old.get('series') and result.new.get('series'):
        lines.append('patches: the same')
    lines.append(verdict(result))
    return '\n'.join(lines) + '\n'


def draw_markdown(result):
    def cell(text):
        return str(text).replace('|', '\\|').replace('\n', ' ')

    worse = result.worse()
    lines = [
        '### Compared with an earlier run',
        '',
        f'{"**Worse**" if worse else "Nothing is worse"}'
        + (f': {"; ".join(worse)}' if worse else '.'),
        '',
        f'- old: {describe(result.old)}',
        f'- new: {describe(result.new)}',
    ]
    lines += [f'- note: {note}' for note in result.notes]
    rows = [
        (differ.KINDS[kind], name, text)
        for kind, entries in result.cases.items()
        if kind != 'added'
        for name, text in entries
    ]
    added = result.cases['added']
    if added:
        lines.append(f'- {len(added)} new cases')
    if rows:
        lines += ['', '| what | case | |', '|---|---|---|']
        lines += [f'| {" | ".join(map(cell, row))} |' for row in rows]
    told = figures_told(result)
    if told:
        lines += ['', '| figure | old | new | margin | |']
        lines.append('|---|---:|---:|---:|---|')
        lines += [
            f'| {cell(row["what"])} | {row["old"]:,g} | {row["new"]:,g} '
            f'| {row["margin"]:,.1f} | {row["verdict"]} |'
            for row in told
        ]
    if result.patches:
        lines += ['', 'Patches (`!` changed, `>` new, `<` gone):']
        lines += ['', '```', *result.patches, '```']
    return '\n'.join(lines) + '\n'
