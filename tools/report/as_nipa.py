# SPDX-License-Identifier: GPL-2.0
"""What netdev's CI (NIPA) takes: one run of one branch, as it fetches that
from an executor, and for each patch what its own tests would leave."""

import datetime
import json
import re

import record

NAME = 'nipa.json'
PATCHES = 'nipa'  # the folder
RETCODE = {'pass': 0, 'fail': 1}


def draw(results, branch='', link='', executor='lwd'):
    start = began(results)
    end = start + datetime.timedelta(seconds=results.get('seconds') or 0)
    run = {
        'executor': executor,
        'branch': branch,
        'start': str(start),
        'end': str(end),
        'link': link,
        'device': results.get('engine') or executor,
        'results': [program(suite, link) for suite in results['suites']],
    }
    return json.dumps(run, indent=1) + '\n'


def began(results):
    """When the run started, in UTC."""
    try:
        when = datetime.datetime.fromisoformat(results['started'])
    except (KeyError, ValueError):
        when = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    return when.astimezone(datetime.timezone.utc)


def clean(name):
    return re.sub(r'[^0-9a-zA-Z]+', '-', name).strip('-')


def verdict(cases):
    """A program that skips one case of many has passed."""
    totals = record.totals_of(cases)
    if totals['failed']:
        return 'fail'
    return 'pass' if totals['passed'] else 'skip'


def program(suite, link):
    part, _, name = suite['name'].partition('/')
    group = {'selftests': 'selftests-net-lwd', 'kunit': 'kunit-lwd'}
    return {
        'test': clean(name or part),
        'group': group.get(part, f'lwd-{clean(part)}'),
        'result': verdict(suite['cases']),
        'link': link,
        'time': round(sum(case['seconds'] for case in suite['cases']), 3),
        'crashes': [
            line
            for case in suite['cases']
            if case['result'] == 'fail'
            for line in case['message'].splitlines()
            if 'the kernel said: ' in line
        ],
        'results': [
            {
                'test': clean(case['name']),
                'result': 'skip'
                if case['result'] == 'xfail'
                else case['result'],
                'time': case['seconds'],
            }
            for case in suite['cases']
        ],
    }


def files(results):
    """What is left for each check of each patch that was run, by its path:
    nipa/PATCH/TEST/ with retcode (no more than the number: it is compared),
    desc, summary, and stdout if there is something to say."""
    for row in results.get('patches', []):
        for check in record.CHECKS:
            state, words = record.check_state(row, check)
            if state not in RETCODE:
                continue
            test = f'lwd_{check}'
            said = row.get('error') if state == 'fail' else ''
            summary = f'==========\n{test} - '
            summary += 'FAILED\n\n' if state == 'fail' else 'OKAY\n'
            if said:
                said = said.rstrip('\n') + '\n'
                summary += said
            folder = f'{PATCHES}/{row["n"]}/{test}'
            yield f'{folder}/retcode', str(RETCODE[state])
            yield f'{folder}/desc', f'{words}\n'
            yield f'{folder}/summary', summary
            if said:
                yield f'{folder}/stdout', said
