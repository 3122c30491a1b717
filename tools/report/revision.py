# SPDX-License-Identifier: GPL-2.0
"""The patches that records hold: which are not the same in two of them."""

import hashlib
import pathlib
import re
import subprocess
import tempfile

import record


def files_of(results):
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


def compare(old, new, base=None):
    """The range-diff in brief: a line for each patch that is not the same."""
    files = files_of(old), files_of(new)
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
