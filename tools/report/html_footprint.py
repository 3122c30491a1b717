# SPDX-License-Identifier: GPL-2.0
"""The footprint on a page: a table, and plots as inline SVG."""

import collections
import math
from html import escape

import record
from html_parts import table

LABELS = ('ordinary', 'lwd')


def draw(results):
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
