# SPDX-License-Identifier: GPL-2.0
"""The lines of C that a series of patches adds, and which patch wrote each."""

import subprocess

NOT_C = ('tools/', 'Documentation/')


def git(store, *words):
    return subprocess.run(
        ['git', '-C', store, *words],
        capture_output=True,
        check=True,
        encoding='utf-8',
        errors='replace',
    ).stdout


class Series:
    """Its patches in order, and which of them wrote each line of its files."""

    def __init__(self, store, state):
        self.subjects = {}
        touched = {}
        log = git(
            store, 'log', '--reverse', '--format=%x00%H %s', '--name-only', state
        )
        for entry in log.split('\0')[1:]:
            head, *names = entry.splitlines()
            commit, _, subject = head.partition(' ')
            # those are the base's own lines
            if subject != 'files of the base' and any(names):
                self.subjects[commit] = subject
                touched.update(dict.fromkeys(filter(None, names)))
        there = set(git(store, 'ls-tree', '-r', '--name-only', state).split())
        self.files = [
            name
            for name in touched
            if name in there
            and name.endswith(('.c', '.h'))
            and not name.startswith(NOT_C)
        ]
        self.writer, self.text = {}, {}
        for name in self.files:
            blame = git(store, 'blame', '-p', state, '--', name)
            commit, number = None, 0
            for line in blame.splitlines():
                if line.startswith('\t'):
                    if commit in self.subjects:
                        self.writer[name, number] = commit
                        self.text[name, number] = line[1:]
                    continue
                words = line.split()
                if len(words) > 2 and len(words[0]) == 40:
                    commit, number = words[0], int(words[2])
