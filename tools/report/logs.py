# SPDX-License-Identifier: GPL-2.0
"""Read the logs of a run: KUnit's, the kselftest runner's around that of each
program, a tool's KTAP, and what a console says against the run."""

import pathlib
import re

from ktap import (
    ID,
    MARK,
    PLAN,
    RESULT,
    VERSION,
    WHOLE,
    Case,
    Document,
    read_lines,
    tail,
    whole,
)

# What a kernel prints when something went wrong in it.
SPLAT = re.compile(
    r'Kernel panic - not syncing|cut here \]|BUG: |\bOops\b|UBSAN: |'
    r'general protection fault|unable to handle|ref_tracker: |'
    r'unreferenced object|memory leak detector disabled|'
    r'INFO: task .* blocked|possible recursive locking|'
    r'suspicious RCU usage|unregister_netdevice: waiting for|'
    r'refcount_t: |WARNING: (?:CPU: |\S+\.[ch]:\d+|possible |bad )'
)
GUEST = re.compile(r'LWD-GUEST: (\S+) (start|exit|stopped:)\s*(.*)')


def read_ktap(parser, path, suite):
    """The cases of a log that is one KTAP document."""
    try:
        lines = read_lines(path)
    except OSError as error:
        return [whole(suite, [f'no {suite} log: {error}'], [])]
    document = Document(parser, lines, suite).finish()
    if document.skip_all is not None:
        return [Case(suite, WHOLE, 'skip', document.skip_all)]
    cases = document.cases
    problems = document.problems + splats(lines)
    if not cases and not problems:
        problems.append('no test ran')
    if problems:
        cases.append(whole(suite, problems, lines))
    return cases


def read_kunit(parser, path):
    """The cases of a raw KUnit log (the console of the kernel it ran in)."""
    cases = read_ktap(parser, path, 'kunit')
    for case in cases:
        suite, _, name = case.name.partition('/')
        if name:
            case.suite, case.name = f'kunit/{suite}', name
    return cases


def read_selftests(parser, path, suite='selftests'):
    """The cases of a kselftest runner's log, program by program.

    `make run_tests` prints neither a version line nor a plan, the installed
    run_kselftest.sh prints both. Without a plan only the guest's exit marker
    tells that the log is complete, see read_console().
    """
    try:
        lines = read_lines(path)
    except OSError as error:
        return [whole(suite, [f'no selftests log: {error}'], [])]
    has_header = any(VERSION.match(line) for line in lines)
    if not has_header:
        lines.insert(0, 'TAP version 13')
    document = Document(parser, lines, suite, top_plan=has_header)
    problems = document.problems
    cases = []
    for test in document.test.subtests if document.test else []:
        mark = MARK.search(test.name)
        if mark:
            good, directive, _ = document.results[int(mark.group(1))]
            cases += read_program(
                parser,
                suite,
                MARK.sub('', test.name),
                good,
                directive,
                test.log,
            )
    # A program that was started, and the log ends.
    begun = None
    for line in lines:
        if line.startswith('# selftests: '):
            begun = line.split(': ')[-1]
        elif RESULT.match(line):
            begun = None
    if begun:
        problems.append(f'{begun} did not end')
    if not cases:
        problems.insert(0, 'no program ran')
    if problems:
        cases.append(whole(suite, problems, lines))
    return cases


def read_program(parser, suite, title, good, directive, log):
    """The cases of one program; the runner put '# ' before its lines."""
    program = title.split(': ')[-1]
    suite = f'{suite}/{program}'
    kind, _, reason = directive.partition(' ')
    skipped = kind.upper() == 'SKIP' and good

    inner = [
        line[2:] if line.startswith('# ') else line[1:]
        for line in log
        if line.startswith('#')
    ]
    begin = [
        i for i, line in enumerate(inner) if line.startswith('selftests: ')
    ]
    inner = inner[begin[-1] + 1 :] if begin else inner
    start = [i for i, line in enumerate(inner) if VERSION.match(line)]
    if not start:
        return [plain_program(suite, program, good, directive, inner)]

    document = Document(parser, inner[start[0] :], suite).finish()
    cases, problems = document.cases, document.problems
    if document.skip_all is not None:
        cases.append(Case(suite, program, 'skip', document.skip_all))
    failed = any(case.result == 'fail' for case in cases)
    if not good and (not failed or not directive.startswith('exit=')):
        problems.insert(0, f'the program failed: {directive}')
    elif good and failed:
        problems.append(
            'a case failed, but the program\'s exit status '
            'says that all is well'
        )
    elif skipped and not problems and not cases:
        cases.append(Case(suite, program, 'skip', reason or tail(inner, 1)))
    elif not cases and not problems:
        problems.append('no case ran')
    if problems:
        cases.append(whole(suite, problems, inner))
    return cases


def plain_program(suite, program, good, directive, inner):
    """A program that prints no KTAP is one case."""
    if any(RESULT.match(line) for line in inner):
        return whole(suite, ['results without a "TAP version" line'], inner)
    if not good:
        return whole(suite, [f'the program failed: {directive}'], inner)
    if directive.upper().startswith('SKIP'):
        plan = [PLAN.match(line) for line in inner if PLAN.match(line)]
        reason = (
            directive[4:].strip()
            or (plan[0].group(3) if plan else '')
            or tail(inner, 1)
            or 'no reason given'
        )
        return Case(suite, program, 'skip', reason)
    if directive.upper().startswith('XFAIL'):
        return Case(
            suite, program, 'xfail', directive[5:].strip() or tail(inner, 1)
        )
    if directive:
        return whole(suite, [f'the program said: {directive}'], inner)
    return Case(suite, program, 'pass')


def splats(lines):
    """What the kernel complained about, one line each."""
    return [
        f'the kernel said: {line.strip()}'
        for line in lines
        if SPLAT.search(line)
    ][:5]


def read_console(path, any_failed):
    """What a console log says against the run, as failed cases."""
    suite = 'console'
    name = pathlib.Path(path).stem
    try:
        lines = read_lines(path)
    except OSError as error:
        return [Case(suite, name, 'fail', f'no console log: {error}')]
    problems = splats(lines)
    running = []
    seen = False
    for line in lines:
        found = GUEST.search(line)
        if not found:
            continue
        seen = True
        what, event, rest = found.groups()
        if event == 'start':
            running.append(what)
            continue
        if event == 'stopped:':
            problems.append(f'{what} was stopped: {rest}')
        elif what not in running:
            problems.append(f'{what} ended without having begun')
        elif rest.strip() != '0' and not any_failed:
            problems.append(
                f'{what} ended with {rest.strip()}, ' 'but no case failed'
            )
        running = [other for other in running if other != what]
    problems += [
        f'{what} began and did not end: the kernel hung or died'
        for what in running
    ]
    if not seen and not any('TAP version' in line for line in lines):
        problems.append('the kernel did not come as far as the tests')
    if not problems:
        return []
    found = whole(suite, problems, lines)
    found.name = name
    return [found]


def proves(folder):
    """Case name -> requirement IDs, from the 'Proves:' comments of C files.

    A comment stands right above the function of its case.
    """
    found = {}
    pattern = re.compile(
        r'/\*(?P<text>(?:(?!\*/).)*?)\*/\s*'
        r'(?:static void (?P<kunit>\w+)\(struct kunit\b|'
        r'TEST(?:_F)?(?:_SIGNAL|_TIMEOUT)?\((?P<harness>[\w, ]+)\))',
        re.DOTALL,
    )
    for source in sorted(pathlib.Path(folder).rglob('*.c')):
        for case in pattern.finditer(source.read_text()):
            text = case.group('text').partition('Proves:')[2]
            name = (
                case.group('kunit')
                or case.group('harness').split(',')[-1].strip()
            )
            ids = ID.findall(text)
            if ids:
                found[name] = ids
    return found
