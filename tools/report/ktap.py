# SPDX-License-Identifier: GPL-2.0
"""Read KTAP logs into flat lists of cases.

The kernel's own tools/testing/kunit/kunit_parser.py takes the log apart. What
it lets pass is added here: a plan at the end, results beyond the plan, names
that are used twice, bail-outs, the directives besides SKIP, and the kselftest
runner's habit of prefixing each program's KTAP with "# ". Whatever is not
understood becomes a failed case; nothing is dropped in silence.
"""

import importlib
import pathlib
import re
import sys
from dataclasses import dataclass, field

TAIL = 12  # how many of a log's last lines a message carries
LOG = 200  # and how many of a failed case's own are kept
WHOLE = '(whole log)'

# Everything after " # " of a result line, by the KTAP specification.
DIRECTIVES = {
    'SKIP': 'skip',
    'TODO': 'xfail',
    'XFAIL': 'xfail',
    'XPASS': 'fail',
    'TIMEOUT': 'fail',
    'ERROR': 'fail',
}

VERSION = re.compile(r'K?TAP version \d+$')
PLAN = re.compile(r'1\.\.(\d+)(?:\s+#\s*(SKIP)\b:?\s*(.*))?$', re.IGNORECASE)
RESULT = re.compile(
    r'(\s*)(ok|not ok) (\d+)(?: (?:- )?(.*?))?' r'(?:\s*# (\S.*))?$'
)
SUBTEST = re.compile(r'(\s*)# Subtest: (.*)$')
BAIL_OUT = re.compile(r'\s*Bail out!\s*(.*)')
PRINTK_TIME = re.compile(r'(?:<\d+>)?\[\s*(\d+\.\d+)\]')
# Results are numbered in the text that the parser gets; it keeps the name.
# It takes no '#' in a name, so that one looks different on the way.
HASH = '\N{FULLWIDTH NUMBER SIGN}'
MARK = re.compile(r' \{(\d+)\}$')
NAME_IDS = re.compile(
    r'\s*\[((?:[A-Z]+(?:-\d+)?)(?:[ ,]+[A-Z]+(?:-\d+)?)*)\]$'
)
ID = re.compile(r'\b[A-Z]+-\d+\b|\bKINDS\b')
# A diagnostic line of the case that follows: its name stays as it is.
PROVES = re.compile(r'[Pp]roves: *(.*)')


@dataclass
class Case:
    suite: str
    name: str
    result: str  # pass, fail, skip or xfail
    message: str = ''
    seconds: float = 0.0
    requirements: list = field(default_factory=list)
    log: str = ''  # of a failed case


def load_parser(tree):
    """The kernel's parser, from the base.

    Never from the tree under test, which could then judge itself."""
    folder = pathlib.Path(tree) / 'tools/testing/kunit'
    if not (folder / 'kunit_parser.py').exists():
        raise FileNotFoundError(f'{folder}/kunit_parser.py')
    sys.dont_write_bytecode = True  # leave the tree as it is
    sys.path.insert(0, str(folder))
    return importlib.import_module('kunit_parser')


def read_lines(path):
    """The lines of a log without terminal sequences and carriage returns."""
    text = pathlib.Path(path).read_bytes().decode('utf-8', 'replace')
    text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text).replace('\r', '')
    return text.split('\n')[:-1] if text.endswith('\n') else text.split('\n')


def tail(lines, count=TAIL):
    """The last lines that say something, for a message."""
    return '\n'.join([line for line in lines if line.strip()][-count:])


def bare(line):
    """A diagnostic line without its '# '."""
    return re.sub(r'^\s*# ?', '', line)


class Document:
    """One KTAP document: a version line, a plan, results, nested ones too."""

    def __init__(self, parser, lines, suite, top_plan=True):
        self.parser = parser
        self.suite = suite
        self.lines = lines
        self.problems = []  # what is wrong with the whole
        self.cases = []
        self.skip_all = None  # the reason of "1..0 # SKIP reason"
        self.results = []  # (ok, directive, reason, time) by mark
        self.test = None
        self._read(top_plan)

    def _read(self, top_plan):
        body = self._plan_first(self._isolate(), top_plan)
        if self.skip_all is not None:
            return
        closing = self._closing(body)
        self.test = self._parse(
            [
                entry if place in closing else self._mark(*entry)
                for place, entry in enumerate(body)
            ]
        )

    def _isolate(self):
        """Number and text of each line from the version line on."""
        stream = self.parser.extract_tap_lines(self.lines)
        body = []
        while stream:
            number = stream.line_number()
            body.append((number, stream.pop()))
        for _, line in body:
            found = BAIL_OUT.match(line)
            if found:
                self.problems.append(
                    'bailed out: ' + (found.group(1) or 'no reason given')
                )
        return body

    def _plan_first(self, body, top_plan):
        """The parser wants a plan, before the results; TAP does not."""
        plans = [
            (place, PLAN.match(line))
            for place, (_, line) in enumerate(body)
            if PLAN.match(line)
        ]
        count = len(
            [
                line
                for _, line in body
                if RESULT.match(line) and not line[0].isspace()
            ]
        )
        if not body:
            return body
        if not plans:
            if top_plan:
                self.problems.append('there is no plan (1..N)')
            return body[:1] + [(0, f'1..{count}')] + body[1:]
        if len(plans) > 1:
            self.problems.append(f'there are {len(plans)} plans')
        place, plan = plans[0]
        number, planned = body[place][0], int(plan.group(1))
        if planned == 0 and plan.group(2) and not count:
            self.skip_all = plan.group(3) or 'no reason given'
        elif planned == 0:
            self.problems.append('zero tests (plan 1..0)')
        if count > planned:
            self.problems.append(
                f'{count} results, but the plan is 1..{planned}'
            )
        rest = body[:place] + body[place + 1 :]
        return rest[:1] + [(number, f'1..{max(count, planned)}')] + rest[1:]

    def _closing(self, body):
        """Places of the results that close a group: they keep their names."""
        groups, places = [], set()
        for place, (_, line) in enumerate(body):
            header, result = SUBTEST.match(line), RESULT.match(line)
            if header:
                groups.append((len(header.group(1)), header.group(2)))
            elif (
                result
                and groups
                and len(result.group(1)) < groups[-1][0]
                and result.group(4) == groups[-1][1]
            ):
                groups.pop()
                places.add(place)
        return places

    def _mark(self, number, line):
        """Put the result's index into its name, keep the directive."""
        found = RESULT.match(line)
        if not found:
            return number, line
        indent, word, count, name, directive = found.groups()
        time = PRINTK_TIME.match(self.lines[number - 1])
        self.results.append(
            (
                word == 'ok',
                directive or '',
                float(time.group(1)) if time else None,
            )
        )
        name = (name or '').replace('#', HASH)
        return number, (
            f'{indent}{word} {count} ' f'{name} {{{len(self.results) - 1}}}'
        )

    def _parse(self, body):
        errors = []

        class Silent(self.parser.Printer):
            def print_with_timestamp(self, message):
                if '[ERROR]' in message:
                    errors.append(message.split('[ERROR] Test: ', 1)[-1])

        if not body:
            self.problems.append('no KTAP output at all')
            return None
        stream = self.parser.LineStream(iter(body))
        test = self.parser.parse_test(
            stream, 0, [], False, Silent(print=False)
        )
        for error in errors:
            name, _, text = error.partition(': ')
            name = MARK.sub('', name)
            self.problems.append(
                text if name in ('main', '') else f'{name}: {text}'
            )
        return test

    def finish(self):
        """Flatten the parsed tests into cases of one suite each."""
        if self.test:
            for test in self.test.subtests:
                self._flatten(test, self.suite, '')
        self._seconds()
        self._duplicates()
        return self

    def _flatten(self, test, suite, path):
        name = MARK.sub('', test.name)
        if test.subtests:
            before = len(self.cases)
            for sub in test.subtests:
                self._flatten(sub, suite, f'{path}{name}/')
            if test.status.name in ('FAILURE', 'TEST_CRASHED') and not any(
                case.result == 'fail' for case in self.cases[before:]
            ):
                self.problems.append(
                    f'{name} is not ok, but none of its cases failed'
                )
            # KUnit prints none for a case with parameters.
            if test.expected_count is None and not path:
                self.problems.append(f'{name} has no plan')
            return
        mark = MARK.search(test.name)
        if not mark:
            # No result line was found for it, see the problems.
            if test.name:
                self.problems.append(f'{name}: no result')
            return
        self.cases.append(
            self._case(suite, path + name, int(mark.group(1)), test.log)
        )

    def _case(self, suite, name, index, log):
        good, directive, time = self.results[index]
        name = name.replace(HASH, '#')
        case = Case(suite, name, 'pass' if good else 'fail')
        case.time = time
        words = directive.split(None, 1) or ['']
        kind = words[0].rstrip(':').upper()
        reason = words[1] if len(words) > 1 else ''
        said = [bare(line) for line in log]
        for line in said:
            if PROVES.match(line):
                case.requirements += ID.findall(line)
        said = [line for line in said if not PROVES.match(line)]
        notes = [line for line in said if line.strip()]
        if kind in DIRECTIVES:
            case.result = DIRECTIVES[kind]
            case.message = reason or 'no reason given'
            if kind == 'SKIP' and not good:
                case.result = 'fail'
                case.message = f'not ok and SKIP: {reason}'
            elif kind == 'XPASS':
                case.message = f'passed, expected to fail: {reason}'
            elif kind in ('TIMEOUT', 'ERROR'):
                case.message = f'{kind}: {reason}'
        elif not good:
            case.message = '\n'.join(
                ([directive] if directive else []) + notes[-TAIL:]
            )
            if not case.message:
                case.message = 'not ok, without a message'
        if case.result == 'fail':
            case.log = '\n'.join(said[-LOG:])
        found = NAME_IDS.search(case.name)
        if found:
            case.name = case.name[: found.start()]
            case.requirements += ID.findall(found.group(1))
        case.requirements = list(dict.fromkeys(case.requirements))
        if not case.name:
            case.name = f'(case {index + 1})'
        return case

    def _seconds(self):
        """A case took from the result before it to its own."""
        starts = [
            PRINTK_TIME.match(line)
            for line in self.lines
            if 'TAP version' in line
        ]
        last = float(starts[0].group(1)) if starts and starts[0] else None
        for case in self.cases:
            if last is not None and case.time is not None:
                case.seconds = round(case.time - last, 3)
            last = case.time
            del case.time

    def _duplicates(self):
        seen = set()
        for case in self.cases:
            if (case.suite, case.name) in seen:
                self.problems.append(f'two cases have the name {case.name}')
            seen.add((case.suite, case.name))


def whole(suite, problems, lines):
    """The failed case that stands for all that is wrong with a log."""
    text = '\n'.join(dict.fromkeys(problems))
    last = tail(lines)
    if last:
        text += '\nthe last lines:\n' + last
    return Case(suite, WHOLE, 'fail', text, log='\n'.join(lines[-LOG:]))
