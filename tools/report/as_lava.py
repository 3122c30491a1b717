# SPDX-License-Identifier: GPL-2.0
"""Lines that send-to-lava.sh of LAVA's and Linaro's test definitions takes:
"ID pass|fail|skip [value unit]"."""

import re

import record

NAME = 'lava.txt'


def clean(text):
    return re.sub(r'[^a-zA-Z0-9_.-]+', '_', text).strip('_')


def draw(results):
    lines = []
    for suite, case in record.cases(results):
        result = 'skip' if case['result'] == 'xfail' else case['result']
        name = f'{clean(suite.replace("/", "."))}.{clean(case["name"])}'
        lines.append(f'{name} {result}')
    for row in results.get('footprint', []):
        name = '.'.join(
            clean(str(row[key])) for key in ('kind', 'label', 'state', 'n')
        )
        for key, unit in (
            ('bytes_per_device', 'bytes'),
            ('create_us', 'us'),
            ('delete_us', 'us'),
        ):
            what = key.partition('_')[0]
            lines.append(f'footprint.{name}.{what} pass {row[key]:g} {unit}')
    return '\n'.join(lines) + '\n'
