# SPDX-License-Identifier: GPL-2.0
"""Records of runs: where they are, and what several reports ask of them.

A record is a folder, build/runs/NAME/, whose results.json tools/report/judge
wrote. Whatever draws or compares reads that file and nothing else, so that it
works on another machine and years later.
"""

import collections
import json
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
RUNS = TOP / 'build/runs'
EXIT_USAGE = 2

# The checks of a patch, in their order, as a series part tells them.
CHECKS = (
    'applies',
    'builds',
    'warnings',
    'boots',
    'kunit',
    'selftests',
    'upstream',
    'variants',
)
# What other parts than the usual ones tell, passed through as it is.
SECTIONS = ('mutants', 'coverage', 'fuzz', 'model')
WORST = ('pass', 'xfail', 'skip', 'fail')


class BadRecord(Exception):
    """There is no such record, or it cannot be read."""


def find(name):
    """results.json of a record: its name, its folder, or the file itself."""
    for path in (pathlib.Path(name), RUNS / name):
        for file in (path, path / 'results.json'):
            if file.is_file():
                return file
    raise BadRecord(
        f"no record '{name}': it is a folder in build/runs/, a path to one, "
        'or to a results.json'
    )


def load(name):
    """The results of a record; 'name' and 'folder' say which it is."""
    path = find(name)
    try:
        results = json.loads(path.read_text(encoding='utf-8'))
        for key, kind in (('suites', list), ('totals', dict)):
            if not isinstance(results[key], kind):
                raise ValueError(f'{key} is no {kind.__name__}')
        for _, _ in cases(results):
            pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadRecord(
            f'{path}: not the results of a run ({error})'
        ) from None
    folder = path.resolve().parent
    results.setdefault('name', folder.name)
    results['folder'] = str(folder)
    return results


def load_or_exit(name):
    try:
        return load(name)
    except BadRecord as error:
        print(f'error: {error}', file=sys.stderr)
        sys.exit(EXIT_USAGE)


def scope(results):
    """What was run: everything, or a part and what is named after it.

    Options do not count: what is tested is another matter."""
    command = results.get('command') or ''
    if results.get('whole') or not command:
        return 'everything'
    parts = ('kunit', 'selftests', 'iproute2', 'footprint', 'same', 'series')
    words = command.split()
    for i, word in enumerate(words[1:], 1):
        if word in (*parts, 'upstream', *SECTIONS) and words[i - 1] not in (
            '--series',
            '--kernel',
            '--config',
            '--record',
        ):
            return ' '.join(words[i:])
    return command


def before(results):
    """The newest earlier record beside this one, of the same scope."""
    found = []
    here = pathlib.Path(results['folder'])
    for path in here.parent.glob('*/results.json'):
        if path.parent.is_symlink() or path.parent == here:
            continue
        try:
            other = load(path)
        except BadRecord:
            continue
        when = other.get('started') or ''
        if scope(other) == scope(results) and (
            '' < when < (results.get('started') or '')
        ):
            found.append(other)
    return max(found, key=lambda other: other['started'], default=None)


def cases(results):
    """(suite, case) of each, in their order."""
    for suite in results['suites']:
        for case in suite['cases']:
            yield suite['name'], case


def totals_of(some):
    """An expected failure is neither passed nor failed: it is skipped."""
    count = collections.Counter(case['result'] for case in some)
    return {
        'passed': count['pass'],
        'failed': count['fail'],
        'skipped': count['skip'] + count['xfail'],
    }


def passed(results):
    """The verdict: something ran and nothing failed."""
    totals = results['totals']
    measured = results.get('footprint') and not any(cases(results))
    return not totals['failed'] and bool(totals['passed'] or measured)


def about(results):
    """One line: what was tested where."""
    return (
        f'Linux {results.get("base", {}).get("version", "?")}, '
        f'series {results.get("series", {}).get("name", "?")}, '
        f'{results.get("engine") or "?"}'
    )


def kind_matrix(results):
    """kind -> requirement -> result, from the cases "VERB KIND" of kinds.sh.

    Of those that prove the same of a kind the worst is told."""
    told = collections.defaultdict(dict)
    for suite, case in cases(results):
        _, _, kind = case['name'].partition(' ')
        if not suite.startswith('selftests/kinds') or not kind:
            continue
        for name in case['requirements']:
            told[kind][name] = max(
                case['result'], told[kind].get(name, 'pass'), key=WORST.index
            )
    for kind in results.get('kinds_absent', []):
        told.setdefault(kind, {})
    return told


def proofs(results):
    """requirement -> result of its cases: a fail outranks, then a pass."""
    rank = ('skip', 'xfail', 'pass', 'fail')
    found = {}
    for _, case in cases(results):
        for name in case['requirements']:
            found[name] = max(
                case['result'], found.get(name, 'skip'), key=rank.index
            )
    return found


def footprint(results):
    """(kind, state) -> label -> row; the largest n of each."""
    table = {}
    for row in results.get('footprint', []):
        cell = table.setdefault((row['kind'], row['state']), {})
        if row['n'] >= cell.get(row['label'], row)['n']:
            cell[row['label']] = row
    return table


def check_state(row, name):
    """pass, fail or none of one check of a patch, and the words for it, such
    as "pass 40", "fail: 2 new" or "not run"."""
    words = str(row.get(name) or 'not run')
    found = re.match('(pass|fail)', words)
    return (found[0] if found else 'none'), words


def ranges(names):
    """A-1 A-2 A-3 B-1 -> A-1..3 B-1"""
    words = []
    for name in names:
        stem, _, number = name.rpartition('-')
        if (
            words
            and stem
            and [words[-1][0], words[-1][2] + 1]
            == [
                stem,
                int(number) if number.isdigit() else None,
            ]
        ):
            words[-1][2] += 1
        else:
            last = int(number) if number.isdigit() else 0
            words.append([stem, name, last])
    return [
        name if not stem or name == f'{stem}-{last}' else f'{name}..{last}'
        for stem, name, last in words
    ]


def repeat(suite, name):
    """The command that runs this case again."""
    part, _, program = suite.partition('/')
    words = ['./run_tests.sh']
    if part == 'kunit' and program:
        words += ['kunit', f"'{program}.{re.split('[/ ]', name)[0]}'"]
    elif part in ('selftests', 'iproute2') and program:
        words += [part, program]
    elif part in ('same', 'footprint', 'series', *SECTIONS):
        words.append(part)
    return ' '.join(words)


def replace_file(path, text):
    """Whole or not at all: nobody reads half a result."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + '.new')
    fresh.write_text(text, encoding='utf-8')
    fresh.replace(path)
