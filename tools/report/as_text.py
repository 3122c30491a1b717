# SPDX-License-Identifier: GPL-2.0
"""The summary on a terminal."""

import collections
import os
import sys
import textwrap

import record
import rounds

NAME = None  # it is printed only
CODES = {'red': 31, 'green': 32, 'yellow': 33, 'bold': 1}


def paint(name, text):
    """Coloured, if this is a terminal."""
    if not sys.stdout.isatty() or os.environ.get('NO_COLOR'):
        return text
    return f'\033[{CODES[name]}m{text}\033[0m'


def draw(results):
    lines = []
    for part in (
        suites,
        kinds,
        footprint,
        requirements,
        skips,
        failures,
        flakes,
        verdict,
    ):
        lines += part(results)
    return '\n'.join(lines) + '\n'


def suites(results):
    """A line for each part; its programs were told while it ran."""
    parts = collections.defaultdict(list)
    for suite in results['suites']:
        parts[suite['name'].split('/')[0]].append(suite)
    width = max(map(len, parts), default=0)
    for part, members in parts.items():
        totals = record.totals_of(
            case for suite in members for case in suite['cases']
        )
        words = [f'{totals[key]} {key}' for key in totals if totals[key]]
        where = f' in {len(members)} programs' if len(members) > 1 else ''
        yield f'  {part:<{width}}  {", ".join(words)}{where}'


def kinds(results):
    """Kind x requirement x result; kinds that are alike share a line."""
    known = list(results.get('requirements', {}))
    alike = collections.defaultdict(list)
    for kind, cell in record.kind_matrix(results).items():
        absent = 'absent' if kind in results['kinds_absent'] else '-'
        alike[tuple(cell.get(name, absent) for name in known)].append(kind)
    used = [
        i
        for i, name in enumerate(known)
        if any(cells[i] not in ('-', 'absent') for cells in alike)
    ]
    if not used:
        return
    yield '  ' + ''.join(f'{known[i]:<9}' for i in used) + 'kinds'
    for cells, names in alike.items():
        text = textwrap.wrap(' '.join(sorted(names)), 60)
        yield (
            '  '
            + ''.join(f'{cells[i]:<9}' for i in used)
            + ('\n' + ' ' * (9 * len(used) + 2)).join(text)
        )


def footprint(results):
    """Bytes per device, ordinary against lwd; the largest n of each."""
    table = record.footprint(results)
    if not table:
        return
    yield f'  {"bytes per device":<24} {"ordinary":>10} {"lwd":>10}   share'
    for (kind, state), cell in table.items():
        both = [
            cell[label]['bytes_per_device'] if label in cell else None
            for label in ('ordinary', 'lwd')
        ]
        words = [
            f'{value:10,.0f}' if value is not None else f'{"-":>10}'
            for value in both
        ]
        saved = ''
        if both[0] and both[1] is not None:
            saved = f'  {100 * both[1] / both[0]:4.0f} %'
        yield f'  {kind + ", " + state:<24} {words[0]} {words[1]}{saved}'


def requirements(results):
    known, proofs = results.get('requirements'), record.proofs(results)
    if not known or not proofs:
        return
    proved = {
        name
        for _, case in record.cases(results)
        if case['result'] == 'pass'
        for name in case['requirements']
    }
    missing = [name for name in known if name not in proved]
    strange = sorted(set(proofs) - set(known))
    yield f'  requirements: {len(proved & set(known))} of {len(known)} proved'
    if missing:
        yield '  not proved here: ' + ' '.join(record.ranges(missing))
    if strange:
        yield paint('yellow', '  not in requirements.txt: ') + ' '.join(
            strange
        )


def skips(results):
    """One line a reason, however many cases it took."""
    for result, word in (('skip', 'SKIPPED'), ('xfail', 'XFAIL  ')):
        reasons = collections.defaultdict(list)
        for suite, case in record.cases(results):
            if case['result'] == result:
                reasons[case['message'].split('\n')[0]].append(
                    f'{suite}: {case["name"]}'
                )
        for reason, names in reasons.items():
            shown = names[:3]
            if len(names) > 3:
                shown.append(f'and {len(names) - 3} more')
            yield (
                paint('yellow', word)
                + f' {reason} ({len(names)}: {", ".join(shown)})'
            )


def failures(results):
    for suite, case in record.cases(results):
        if case['result'] == 'fail':
            yield paint('red', 'FAILED ') + paint(
                'bold', f'{suite}: {case["name"]}'
            )
            for line in case['message'].splitlines():
                yield f'    {line[:200]}'


def flakes(results):
    return ['  ' + line for line in rounds.table(results.get('flakes'))]


def verdict(results):
    totals = results['totals']
    words = ', '.join(f'{number} {key}' for key, number in totals.items())
    if results['footprint']:
        words += f', {len(results["footprint"])} measured'
    about = record.about(results)
    if record.passed(results):
        yield paint('green', 'PASS') + f'  {words}  ({about})'
        return
    if not totals['passed'] and not totals['failed']:
        words = f'nothing passed: {words}'
    yield paint('red', 'FAIL') + f'  {words}  ({about})'
