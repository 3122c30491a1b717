# SPDX-License-Identifier: GPL-2.0
"""KCIDB v5.3, as KernelCI takes results: no value is ever null."""

import hashlib
import json
import re

import as_nipa
import record
import revision

NAME = 'kcidb.json'
STATUS = {'pass': 'PASS', 'fail': 'FAIL', 'skip': 'SKIP', 'xfail': 'SKIP'}


def draw(results, origin='lwd'):
    start = as_nipa.began(results).isoformat()
    digest = hashlib.sha256(
        json.dumps([results['name'], start]).encode()
    ).hexdigest()[:16]
    series = results.get('series', {})
    checkout = {
        'id': f'{origin}:{series.get("digest") or digest}',
        'origin': origin,
        'comment': record.about(results),
        'start_time': start,
        'valid': True,
    }
    files = revision.files_of(results)
    if files:
        checkout['patchset_hash'] = patchset_hash(files)
    build = {
        'id': f'{origin}:{digest}',
        'origin': origin,
        'checkout_id': checkout['id'],
        'architecture': 'x86_64',
        'start_time': start,
        'status': 'PASS',
        'comment': results.get('engine') or 'unknown engine',
    }
    kernel = results.get('kernel', {})
    for key, value in (
        ('compiler', results.get('compiler')),
        ('config_name', kernel.get('config_digest')),
    ):
        if value:
            build[key] = str(value)
    tests = [
        test(suite, case, build, start)
        for suite, case in record.cases(results)
    ]
    tests += [
        entry
        for row in results.get('footprint', [])
        for entry in measurements(row, build, start)
    ]
    for number, entry in enumerate(tests, 1):
        entry['id'] = f'{build["id"]}:{number}'
    report = {
        'version': {'major': 5, 'minor': 3},
        'checkouts': [checkout],
        'builds': [build],
        'tests': tests,
    }
    return json.dumps(report, indent=1, allow_nan=False) + '\n'


def patchset_hash(files):
    sums = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    return hashlib.sha256(
        ''.join(f'{text}\n' for text in sums).encode()
    ).hexdigest()


def dotted(*names):
    """A path in KernelCI's tree of tests."""
    words = (re.sub(r'[^a-zA-Z0-9_-]+', '_', name) for name in names)
    return '.'.join(word.strip('_') for word in words)


def test(suite, case, build, start):
    entry = {
        'build_id': build['id'],
        'origin': build['origin'],
        'path': dotted('lwd', *suite.split('/'), case['name']),
        'status': STATUS[case['result']],
        'start_time': start,
        'duration': case['seconds'],
        'comment': f'{suite}: {case["name"]}',
    }
    text = (case['message'] + '\n' + case.get('log', '')).strip()
    if text:
        entry['log_excerpt'] = text.replace('\0', '?')[:16000]
    if case['requirements']:
        entry['misc'] = {'requirements': case['requirements']}
    return entry


def measurements(row, build, start):
    for key, unit in (
        ('bytes_per_device', 'B'),
        ('create_us', 's'),
        ('delete_us', 's'),
    ):
        value = row[key] if unit == 'B' else row[key] / 1e6
        yield {
            'build_id': build['id'],
            'origin': build['origin'],
            'path': dotted(
                *('lwd', 'footprint', row['kind'], row['label']),
                *(row['state'], str(row['n']), key.partition('_us')[0]),
            ),
            'status': 'DONE',
            'start_time': start,
            'number': {'value': value, 'unit': unit, 'prefix': 'metric'},
        }
