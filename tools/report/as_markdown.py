# SPDX-License-Identifier: GPL-2.0
"""The text of a mail or of a CI summary, in 72 columns."""

import collections
import re
import textwrap

import as_difference
import differ
import record
import revision
import rounds

NAME = 'report.md'
WIDTH = 72
SIGNS = {'pass': '+', 'fail': 'X', 'none': '.'}  # of a patch's checks


def draw(results, old=None):
    lines = head(results)
    for part in (failed, flakes, parts, patches, footprint, skipped):
        lines += part(results)
    if old:
        lines += changed(results, old)
    return '\n'.join(lines) + '\n'


def wrap(text, first='', rest=None):
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=' ' * len(first) if rest is None else rest,
        break_on_hyphens=False,
    )


def grid(top, rows, numbers=()):
    """A Markdown table that can be read as it is; cells are cut to fit."""
    rows = [[str(cell).replace('|', '/') for cell in row] for row in rows]
    width = [
        max(len(row[i]) for row in [list(top), *rows]) for i in range(len(top))
    ]
    over = sum(width) + 3 * len(width) + 1 - WIDTH
    width[0] -= max(over, 0)

    def line(cells):
        words = [
            f'{cell[:size]:>{size}}'
            if i in numbers
            else f'{cell[:size]:<{size}}'
            for i, (cell, size) in enumerate(zip(cells, width))
        ]
        return f'| {" | ".join(words)} |'

    rule = [
        '-' * (size + 1) + (':' if i in numbers else '-')
        for i, size in enumerate(width)
    ]
    return [line(top), f'|{"|".join(rule)}|', *map(line, rows)]


def head(results):
    series = results.get('series', {})
    totals = results['totals']
    words = ', '.join(f'{count} {key}' for key, count in totals.items())
    where = [
        str(value)
        for value in (
            results.get('engine'),
            results.get('compiler'),
            f'{results["seconds"]:,.0f} s' if results.get('seconds') else '',
            results.get('started'),
        )
        if value
    ]
    lines = wrap(
        f'## {"PASS" if record.passed(results) else "FAIL"}: series '
        f'{series.get("name", "?")}, {series.get("patches", "?")} patches, '
        f'on Linux {results.get("base", {}).get("version", "?")}',
        rest='',
    )
    lines += ['', *wrap(f'{words} ({"; ".join(where)}).')]
    known = results.get('requirements', {})
    proofs = record.proofs(results)
    if known and proofs:
        good = sum(proofs.get(name) == 'pass' for name in known)
        bad = [name for name in known if proofs.get(name) != 'pass']
        text = f'Requirements: {good} of {len(known)} proved'
        if bad:
            text += f'; not {" ".join(record.ranges(bad))}'
        lines += wrap(text + '.')
    return lines


def failed(results):
    lines = []
    for suite, case in record.cases(results):
        if case['result'] != 'fail':
            continue
        lines += wrap(f'{suite}: {case["name"]}', '- ')
        lines += [
            '      ' + line[: WIDTH - 6]
            for line in case['message'].splitlines()[:6]
        ]
        again = f'again: `{record.repeat(suite, case["name"])}`'
        lines += ['', *wrap(again, '  '), '']
    return ['', '### Failed', '', *lines[:-1]] if lines else []


def flakes(results):
    lines = [
        '    ' + line[: WIDTH - 4]
        for line in rounds.table(results.get('flakes'))
    ]
    return ['', '### Flakes', '', *lines] if lines else []


def parts(results):
    """A line for each part of the run."""
    count = collections.defaultdict(list)
    programs = collections.Counter()
    for suite in results['suites']:
        part = suite['name'].split('/')[0]
        count[part] += suite['cases']
        programs[part] += 1
    rows = []
    for part, members in count.items():
        totals = record.totals_of(members)
        rows.append([part, programs[part], *totals.values()])
    top = ('part', 'programs', 'passed', 'failed', 'skipped')
    return ['', *grid(top, rows, (1, 2, 3, 4))] if rows else []


def patches(results):
    rows = results.get('patches', [])
    if not rows:
        return []
    bad, matrix = [], []
    for row in rows:
        signs = ''
        for name in record.CHECKS:
            state, words = record.check_state(row, name)
            signs += SIGNS[state]
            if state == 'fail':
                bad.append(f'{row["n"]}: {row["subject"]} -- {name}: {words}')
        line = f'    {row["n"]:>3} {signs}  {row["subject"]}'
        matrix.append(line[:WIDTH])
    lines = ['', f'### Patches: {len(rows)}', '']
    for text in bad:
        lines += wrap(text, '- ')
    lines += [''] if bad else []
    lines += wrap(
        f'{", ".join(record.CHECKS)}: + passed, X failed, . not run.'
    )
    return [*lines, '', *matrix]


def footprint(results):
    rows = []
    for (kind, state), cell in record.footprint(results).items():
        both = [cell.get(label) for label in ('ordinary', 'lwd')]
        sizes = [row['bytes_per_device'] if row else None for row in both]
        share = '-'
        if sizes[0] and sizes[1] is not None:
            share = f'{100 * sizes[1] / sizes[0]:.0f} %'
        rows.append(
            [
                f'{kind}, {state}',
                *('-' if size is None else f'{size:,.0f}' for size in sizes),
                share,
                *(
                    ' / '.join(
                        f'{row[key]:,.0f}' if row else '-' for row in both
                    )
                    for key in ('create_us', 'delete_us')
                ),
            ]
        )
    if not rows:
        return []
    top = ('per device', 'bytes', 'lwd', 'share', 'create us', 'delete us')
    lines = ['', '### Footprint', '', *grid(top, rows, range(1, 6))]
    for row in results.get('sizes', []):
        lines += [
            '',
            *wrap(
                f'{row["name"]}: {row["bytes"]:,} bytes, '
                f'{row["without"]:,} without the series.'
            ),
        ]
    return lines


def skipped(results):
    reasons = collections.Counter(
        case['message'].split('\n')[0]
        for _, case in record.cases(results)
        if case['result'] in ('skip', 'xfail')
    )
    lines = []
    for reason, count in reasons.items():
        lines += wrap(f'{count}: {reason}', '- ')
    return ['', '### Skipped', '', *lines] if lines else []


def changed(results, old):
    text = as_difference.draw_text(
        differ.compare(old, results, revision.base_of(results))
    )
    lines = ['', '### Compared with an earlier run', '']
    for line in text.splitlines():
        line = re.sub(r'  +', '  ', line)
        indent = '    ' + re.match(' *', line)[0]
        lines += wrap(line.strip(), indent, indent + '    ')
    return lines
