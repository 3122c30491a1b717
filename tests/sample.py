# SPDX-License-Identifier: GPL-2.0
"""What tests/reports and tests/formats share: results of a small run, ways to
change them, and KTAP of the stage itself."""

import json
import pathlib
import subprocess
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
REPORT = TOP / 'tools/report'
OLD, NEW = 'old', 'new'


def case(name, result='pass', message='', **more):
    return {
        'name': name,
        'result': result,
        'seconds': 0.5,
        'requirements': ['LABEL-1'],
        'message': message,
        **more,
    }


def row(label, size, create, repeats=3, spread=0.1):
    return {
        'kind': 'dummy',
        'label': label,
        'state': 'down',
        'n': 4000,
        'bytes_per_device': size,
        'create_us': create,
        'delete_us': 20,
        'repeats': repeats,
        'spread': {
            'bytes_per_device': 0.001,
            'create_us': spread,
            'delete_us': 0.5,
        },
    }


def small():
    """Results of a small run, in which all is well."""
    return {
        'schema': 1,
        'command': './run_tests.sh',
        'whole': True,
        'started': '2026-11-28T15:00:00+00:00',
        'seconds': 12,
        'host': {'kernel': '6.1', 'cpus': 2, 'memory': 8 << 30},
        'compiler': 'gcc 12.2',
        'kernel': {'release': '7.3.4', 'config_digest': 'c0ffee'},
        'base': {'version': '7.3.4-1', 'source': 'debian'},
        'series': {
            'name': 'small',
            'patches': 2,
            'digest': 'feed',
            'parts': [{'name': '1-label', 'patches': 2, 'digest': 'feed'}],
        },
        'engine': 'uml 2 cpus',
        'suites': [
            {
                'name': 'selftests/label',
                'cases': [
                    case('absent is ordinary'),
                    case('one is lightweight'),
                    case('two is refused', 'skip', 'old ip'),
                ],
            },
            {
                'name': 'selftests/kinds.sh',
                'cases': [
                    case('made dummy'),
                    case('made vlan'),
                ],
            },
            {'name': 'iproute2/testsuite', 'cases': [case('ip/link/lwd.t')]},
        ],
        'footprint': [row('ordinary', 42000, 70), row('lwd', 3400, 10)],
        'totals': {'passed': 5, 'failed': 0, 'skipped': 1},
        'requirements': {'LABEL-1': 'created', 'LABEL-2': 'known'},
        'kinds_absent': ['hsr'],
        'sizes': [
            {'name': 'struct net_device', 'bytes': 2560, 'without': 2560}
        ],
        'patches': [
            {
                'n': 1,
                'part': '1-label',
                'file': '0001-a.patch',
                'subject': 'net: one',
                'digest': 'a',
                'applies': 'pass',
                'builds': 'pass',
                'warnings': 'pass',
                'variants': 'pass',
                'boots': 'pass',
                'kunit': 'pass 40',
                'selftests': 'pass',
                'upstream': 'pass',
                'seconds': 40,
            },
            {
                'n': 2,
                'part': '1-label',
                'file': '0002-b.patch',
                'subject': 'net: two',
                'digest': 'b',
                'applies': 'pass',
                'builds': 'pass',
                'warnings': 'pass',
                'boots': 'pass',
                'kunit': 'pass 40',
                'selftests': 'pass',
                'upstream': 'not run',
                'seconds': 50,
            },
        ],
    }


def label(results):
    return results['suites'][0]['cases']


def change(what):
    """A function that runs the text on the results, for the table."""

    def run(results):
        exec(
            what,
            {'case': case, 'row': row},
            {
                'r': results,
                'label': label(results),
                'kinds': results['suites'][1]['cases'],
                'lwd': results['footprint'][1],
            },
        )

    return run


class Stage:
    """KTAP of this program."""

    def __init__(self):
        self.count = 0
        print('TAP version 13')

    def tell(self, name, wrong):
        self.count += 1
        for text in wrong:
            print('# ' + text.replace('\n', '\n#   '))
        print(f'{"not ok" if wrong else "ok"} {self.count} {name}', flush=True)

    def skip(self, name, reason):
        self.count += 1
        print(f'ok {self.count} {name} # SKIP {reason}', flush=True)

    def end(self):
        print(f'1..{self.count}')


def write(folder, results):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'results.json').write_text(json.dumps(results))


def run(*args):
    return subprocess.run(
        [str(arg) for arg in args],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def expect(done, status, texts):
    """What is not as expected of a program that ended."""
    said = done.stdout + done.stderr
    wrong = []
    if done.returncode != status:
        wrong.append(f'exit status {done.returncode}, expected {status}')
    for text in texts:
        if text.startswith('!') and text[1:] in said:
            wrong.append(f'it says "{text[1:]}"')
        elif not text.startswith('!') and text not in said:
            wrong.append(f'it does not say "{text}"')
    return wrong + ([said[-1500:]] if wrong else [])


PATCH = """From: A <a@example.org>
Date: Sat, 28 Nov 2026 15:00:00 +0000
Subject: [PATCH {number}/2] net: {subject}

Because.
---
 net/{file} | 5 +++++
 1 file changed, 5 insertions(+)

diff --git a/net/{file} b/net/{file}
--- a/net/{file}
+++ b/net/{file}
@@ -1,2 +1,7 @@
 one
+a line that
+is the same
+in both of
+the series
+{line}
 two
--
2.39.5
"""


def patch(folder, number, subject, file, line):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f'000{number}-{file}.patch').write_text(
        PATCH.format(number=number, subject=subject, file=file, line=line)
    )


def run_stage(*tests):
    """Each with an empty folder of its own."""
    stage = Stage()
    (TOP / 'build').mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TOP / 'build') as name:
        for test in tests:
            test(stage, pathlib.Path(name) / test.__name__)
    stage.end()
