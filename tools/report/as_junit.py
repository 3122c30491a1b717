# SPDX-License-Identifier: GPL-2.0
"""JUnit XML, as GitLab, Jenkins and others show it."""

import re
import xml.etree.ElementTree as ET

import record

NAME = 'results.xml'


def clean(text):
    return re.sub(r'[^\t\n\x20-\ud7ff\ue000-\ufffd]', '?', text)


def count(name, members):
    totals = record.totals_of(members)
    seconds = sum(case['seconds'] for case in members)
    return {
        'name': name,
        'tests': str(len(members)),
        'failures': str(totals['failed']),
        'errors': '0',
        'skipped': str(totals['skipped']),
        'time': f'{seconds:.3f}',
    }


def draw(results):
    every = [case for _, case in record.cases(results)]
    root = ET.Element('testsuites', count('lwd', every))
    for suite in results['suites']:
        element = ET.SubElement(
            root, 'testsuite', count(suite['name'], suite['cases'])
        )
        for case in suite['cases']:
            draw_case(element, suite['name'], case)
    ET.indent(root)
    text = ET.tostring(root, encoding='unicode', xml_declaration=True)
    return text + '\n'


def draw_case(element, suite, case):
    item = ET.SubElement(
        element,
        'testcase',
        {
            'classname': clean(suite),
            'name': clean(case['name']),
            'time': f'{case["seconds"]:.3f}',
        },
    )
    text = clean(case['message'])
    first = text.split('\n', 1)[0]
    if case['result'] == 'fail':
        fail = ET.SubElement(item, 'failure', {'message': first})
        fail.text = text
        if case.get('log'):
            ET.SubElement(item, 'system-out').text = clean(case['log'])
    elif case['result'] in ('skip', 'xfail'):
        ET.SubElement(item, 'skipped', {'message': first})
