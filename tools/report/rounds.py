# SPDX-License-Identifier: GPL-2.0
"""What was run several times (--repeat): the worst of each case, and which
cases are flaky."""

import ktap
import record


def folders(part):
    """Those of the rounds of a part, in their order."""
    found = part.glob('round-*')
    return sorted(found, key=lambda path: int(path.name.split('-')[1]))


def merge(rounds):
    """One case for each that is in any round, and results.json's "flakes".

    A case that is missing in a round has failed there, unless something has:
    then it may not have come to it."""
    clean = [not any(case.result == 'fail' for case in one) for one in rounds]
    found = {}
    for number, cases in enumerate(rounds):
        for case in cases:
            key = case.suite, case.name
            found.setdefault(key, {})[number] = case
    merged, flaky = [], []
    for (suite, name), told in found.items():
        case = max(told.values(), key=lambda one: rank(one.result))
        failed = sum(one.result == 'fail' for one in told.values())
        runs = len(told)
        if name == ktap.WHOLE or suite == 'console':
            runs = len(rounds)  # these are told only if they fail
        else:
            lost = sum(clean[i] for i in range(len(rounds)) if i not in told)
            failed, runs = failed + lost, runs + lost
            if lost:
                case.result = 'fail'
                case.message = f'not there in {lost} of them\n{case.message}'
        if failed:
            case.message = f'failed in {failed} of {runs} runs\n{case.message}'
        if 0 < failed < len(rounds):
            entry = {'suite': suite, 'case': name}
            flaky.append({**entry, 'runs': runs, 'failures': failed})
        merged.append(case)
    return merged, {
        'runs': len(rounds),
        'cases': len(merged),
        'flaky': flaky,
    }


def rank(result):
    return record.WORST.index(result)


def table(flakes):
    """Lines of text."""
    if not flakes:
        return
    flaky = flakes['flaky']
    yield (
        f'{flakes["runs"]} runs of {flakes["cases"]} cases: '
        f'{len(flaky) or "none"} flaky'
    )
    if flaky:
        yield 'runs  failures  case'
    for row in flaky:
        yield (
            f'{row["runs"]:>4}  {row["failures"]:>8}  '
            f'{row["suite"]}: {row["case"]}'
        )
