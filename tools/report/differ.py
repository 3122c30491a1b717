# SPDX-License-Identifier: GPL-2.0
"""What is different between two records.

A figure is worse or better only if the ranges of its repeats cannot overlap:
spread is (largest - smallest) / median, so both spreads together are the
margin. Nothing is said of times that were taken on different machines or only
once.
"""

import difflib
import hashlib
import pathlib
import re
import subprocess
import tempfile
from dataclasses import dataclass, field

import record

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
    result.patches = compare_patches(old, new, base)
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
    for key, case in new.items():
        before = old.get(names.get(key, key))
        kind, text = change(before, case)
        if kind == 'added' and key not in come:
            continue
        if kind:
            found[kind].append((title(key), text))
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


def patch_files(results):
    """The patches that a record holds, in their order, without covers."""
    folder = pathlib.Path(results['folder']) / 'patches'
    return [
        path
        for path in sorted(folder.rglob('*.patch'))
        if not path.name.startswith('0000-')
    ]


def subject_of(path):
    text = path.read_text(encoding='utf-8', errors='replace')
    found = re.search(r'^Subject: (.*(?:\n[ \t].*)*)', text, re.MULTILINE)
    subject = re.sub(r'\s+', ' ', found[1] if found else path.name)
    return re.sub(r'^(\[[^]]*\] *)+', '', subject)


def digest_of(path):
    """Of what a patch says and does, without its mail's header, hashes and
    line numbers."""
    lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
    body = lines[lines.index('') :] if '' in lines else lines
    text = '\n'.join(
        re.sub(r'^@@ .*? @@', '@@', line)
        for line in body
        if not line.startswith('index ')
    ).rpartition('\n-- \n')
    return hashlib.sha256((text[0] or text[2]).encode()).hexdigest()


def compare_patches(old, new, base=None):
    """The range-diff in brief: a line for each patch that is not the same."""
    files = patch_files(old), patch_files(new)
    if all(files):
        lines = range_diff(*files, base) if base else None
        if lines is None:
            lines = by_subject(
                *(
                    [(subject_of(path), digest_of(path)) for path in side]
                    for side in files
                )
            )
        return lines
    sides = [
        [
            (row['subject'], row.get('digest', ''))
            for row in results.get('patches', [])
        ]
        for results in (old, new)
    ]
    if all(sides):
        return by_subject(*sides)
    one, two = (
        results.get('series', {}).get('digest') for results in (old, new)
    )
    if one and one == two:
        return []
    return ['the series is another one; its patches are not in the records']


def by_subject(old, new):
    """Lines as range-diff has them: number, what, number, subject."""
    was = {subject: (i, digest) for i, (subject, digest) in enumerate(old, 1)}
    lines = []
    for i, (subject, digest) in enumerate(new, 1):
        at, before = was.pop(subject, ('-', None))
        sign = '>' if at == '-' else '=' if before == digest else '!'
        if sign != '=':
            lines.append(f'{at:>3} {sign} {i:>3}  {subject}')
    return lines + [
        f'{at:>3} <   -  {subject}' for subject, (at, _) in was.items()
    ]


def range_diff(old, new, base):
    """git's own, of both series applied to the files that they touch; None
    if they do not apply to this base."""
    touched = set()
    for path in old + new:
        text = path.read_text(encoding='utf-8', errors='replace')
        touched.update(
            re.findall(r'^(?:---|\+\+\+) [ab]/(\S+)$', text, re.MULTILINE)
        )
    with tempfile.TemporaryDirectory(dir=record.TOP / 'build') as folder:

        def git(*args, **more):
            return subprocess.run(
                [
                    *('git', '-C', folder, '-c', 'user.name=lwd'),
                    *('-c', 'user.email=lwd@localhost', '-c', 'gc.auto=0'),
                    *('-c', 'commit.gpgsign=false', *args),
                ],
                check=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                **more,
            ).stdout

        try:
            git('init', '-q', '-b', 'base')
            for name in touched:
                source = pathlib.Path(base) / name
                if source.is_file():
                    copy = pathlib.Path(folder) / name
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(source.read_bytes())
            git('add', '-A', '-f')
            git('commit', '-q', '--allow-empty', '-m', 'base')
            for branch, side in (('old', old), ('new', new)):
                git('checkout', '-q', '-b', branch, 'base')
                git('am', '-q', '--keep-cr', *map(str, map(absolute, side)))
            text = git(
                'range-diff', '--no-color', '-s', 'base..old', 'base..new'
            )
        except subprocess.CalledProcessError:
            return None
    lines = []
    for line in text.splitlines():
        found = re.match(r' *(\d+|-): +\S+ ([=!<>]) +(\d+|-): +\S+ (.*)', line)
        if found and found[2] != '=':
            lines.append(f'{found[1]:>3} {found[2]} {found[3]:>3}  {found[4]}')
    return lines


def absolute(path):
    return path.resolve()


def base_of(results):
    """The base kernel's tree, if this checkout has it."""
    version = results.get('base', {}).get('version')
    tree = record.TOP / 'build/base' / (version or '')
    return tree if version and tree.is_dir() else None


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
        lines.append(f'{KINDS[kind]} ({len(entries)})')
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
        (KINDS[kind], name, text)
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
