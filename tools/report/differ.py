# SPDX-License-Identifier: GPL-2.0
"""What is different between two records.

A figure is worse or better only if the ranges of its repeats cannot overlap:
spread is (largest - smallest) / median, so both spreads together are the
margin. Nothing is said of times that were taken on different machines or only
once.
"""

import difflib
from dataclasses import dataclass, field

import record
import revision

ALIKE = 0.75  # how alike names of a renamed case are
FIGURES = {
    'bytes_per_device': ('bytes', 0.002),
    'create_us': ('create, us', 0.05),
    'delete_us': ('delete, us', 0.05),
}
ONCE = 0.02  # the margin of bytes that were measured once
KINDS = {
    'failing': 'newly failing',
    'passing': 'newly passing',
    'missing': 'missing',
    'unproved': 'passed, now skipped',
    'reason': 'skipped for another reason',
    'renamed': 'renamed',
    'added': 'new',
}
WORSE = ('failing', 'missing', 'unproved')


@dataclass
class Difference:
    old: dict
    new: dict
    notes: list = field(default_factory=list)
    cases: dict = field(default_factory=dict)  # of KINDS: (name, text)
    figures: list = field(default_factory=list)
    sizes: list = field(default_factory=list)
    patches: list = field(default_factory=list)

    def worse(self):
        """What is worse, a text each."""
        found = [
            f'{len(self.cases[kind])} {KINDS[kind]}'
            for kind in WORSE
            if self.cases[kind]
        ]
        found += [
            f'{row["what"]}: {row["old"]:,g} -> {row["new"]:,g}'
            for row in self.figures + self.sizes
            if row['verdict'] == 'worse'
        ]
        return found


def compare(old, new, base=None):
    result = Difference(old, new)
    compare_surroundings(result)
    compare_cases(result)
    compare_figures(result)
    compare_sizes(result)
    result.patches = revision.compare(old, new, base)
    return result


def compare_surroundings(result):
    """Notes on what else than the series is different."""

    def pick(results, path):
        for key in path.split('.'):
            results = results.get(key, {}) if results else {}
        return results or None

    old, new = map(record.scope, (result.old, result.new))
    if old != new:
        result.notes.append(f'not the same was run: {old} -> {new}')
    for path in (
        'base.version',
        'engine',
        'compiler',
        'kernel.config_digest',
        'host.cpus',
        'host.kernel',
    ):
        old, new = pick(result.old, path), pick(result.new, path)
        if old != new:
            result.notes.append(f'{path}: {words(old)} -> {words(new)}')


def words(value):
    return '?' if value is None else str(value)[:60]


def same_machine(result):
    old, new = result.old.get('host'), result.new.get('host')
    return (old == new or not old or not new) and result.old.get(
        'engine'
    ) == result.new.get('engine')


def compare_cases(result):
    old = {(s, c['name']): c for s, c in record.cases(result.old)}
    new = {(s, c['name']): c for s, c in record.cases(result.new)}
    found = {kind: [] for kind in KINDS}
    gone = [key for key in old if key not in new]
    come = [key for key in new if key not in old]
    # A run of something else has other programs: those are no losses.
    if record.scope(result.old) != record.scope(result.new):
        suites = {key[0] for key in old} ^ {key[0] for key in new}
        gone = [key for key in gone if key[0] not in suites]
        come = [key for key in come if key[0] not in suites]
        if suites:
            result.notes.append(
                f'{len(suites)} programs or suites are in one of them only'
            )
    pairs = renamed(gone, come)
    for was, now in pairs.items():
        found['renamed'].append((title(was), title(now)))
    for key in gone:
        if key not in pairs and old[key]['result'] in ('pass', 'fail'):
            found['missing'].append((title(key), f'was {was_of(old[key])}'))
    names = {now: was for was, now in pairs.items()}
    not_run = 0
    for key, case in new.items():
        before = old.get(names.get(key, key))
        kind, text = change(before, case)
        # A patch is not run if one before it is bad, or if nobody asked.
        if kind == 'unproved' and key[0].startswith('series/'):
            not_run += 1
            continue
        if kind == 'added' and key not in come:
            continue
        if kind:
            found[kind].append((title(key), text))
    if not_run:
        result.notes.append(f'{not_run} patches that passed were not run')
    result.cases = found


def was_of(case):
    return {'pass': 'passing', 'fail': 'failing'}.get(
        case['result'], 'skipped'
    )


def first_line(case):
    return case['message'].split('\n')[0]


def change(before, case):
    """Which of KINDS a case is, and words for it."""
    now = case['result']
    if now == 'fail':
        if before and before['result'] == 'fail':
            return None, ''
        return 'failing', first_line(case)
    if not before:
        return 'added', now
    was = before['result']
    if now == 'pass':
        return ('passing' if was != 'pass' else None), f'was {was_of(before)}'
    if was == 'pass':
        return 'unproved', first_line(case)
    if first_line(before) != first_line(case):
        return 'reason', f'{first_line(before)} -> {first_line(case)}'
    return None, ''


def title(key):
    return f'{key[0]}: {key[1]}'


def renamed(gone, come):
    """old -> new of those that are most alike, in the same program; or of
    the same name in another program."""
    pairs, taken = {}, set()
    likely = []
    for was in gone:
        for now in come:
            if was[0] == now[0]:
                ratio = difflib.SequenceMatcher(
                    None, was[1], now[1], autojunk=False
                ).ratio()
            else:
                same = was[1] == now[1] and not was[1].startswith('(')
                ratio = ALIKE if same and part(was) == part(now) else 0
            if ratio >= ALIKE:
                likely.append((ratio, was, now))
    for _, was, now in sorted(likely, key=lambda entry: -entry[0]):
        if was not in pairs and now not in taken:
            pairs[was] = now
            taken.add(now)
    return pairs


def part(key):
    return key[0].split('/')[0]


def compare_figures(result):
    rows = {}
    for which, results in (('old', result.old), ('new', result.new)):
        for row in results.get('footprint', []):
            key = row['kind'], row['label'], row['state'], row['n']
            rows.setdefault(key, {})[which] = row
    for key, both in rows.items():
        if len(both) < 2:
            continue
        kind, label, state, count = key
        for figure, (unit, floor) in FIGURES.items():
            entry = one_figure(figure, both, floor, same_machine(result))
            entry['what'] = f'{kind} {label} {state} {count:,}, {unit}'
            result.figures.append(entry)


def one_figure(figure, both, floor, same):
    old, new = both['old'][figure], both['new'][figure]
    spreads = [row.get('spread', {}).get(figure, 0) for row in both.values()]
    once = any(row.get('repeats', 1) < 2 for row in both.values())
    if figure == 'bytes_per_device':
        floor = ONCE if once else floor
    margin = sum(
        value * max(spread, floor)
        for value, spread in zip((old, new), spreads)
    )
    verdict = 'same'
    if figure != 'bytes_per_device' and not same:
        verdict = 'other machine'
    elif figure != 'bytes_per_device' and once:
        verdict = 'measured once'
    elif abs(new - old) > margin:
        verdict = 'worse' if new > old else 'better'
    return {'old': old, 'new': new, 'margin': margin, 'verdict': verdict}


def compare_sizes(result):
    """Structs that grow are worse; code is told."""
    old = {row['name']: row['bytes'] for row in result.old.get('sizes', [])}
    for row in result.new.get('sizes', []):
        name, now = row['name'], row['bytes']
        if name not in old:
            continue
        verdict = 'same'
        if now != old[name]:
            verdict = 'better' if now < old[name] else 'worse'
            if not name.startswith('struct'):
                verdict = 'told'
        result.sizes.append(
            {
                'what': name,
                'old': old[name],
                'new': now,
                'margin': 0,
                'verdict': verdict,
            }
        )
