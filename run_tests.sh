#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Test lightweight network devices: get a kernel, patch, build and boot it,
# run KUnit and the selftests in it, measure, report.
#
# usage: ./run_tests.sh [options] [COMMAND]
#
# commands
#  (none)             kunit, selftests, iproute2, and footprint
#  kunit [GLOB]       only KUnit's cases (of the suites like GLOB)
#  selftests [NAME…]  only the selftests (of these names: sysfs, label, …)
#  iproute2 [NAME…]   only the ip that knows lwd: the shell selftests with it
#                     (of these names), and its own testsuite
#  footprint [ARG…]   only the memory and time per device
#  same [PART…]       what the patches change for those who use no label: sizes,
#                     upstream's selftests, speed of a kernel without them
#  series             each patch by itself: it applies, builds without warnings,
#                     boots, and the tests of what is there pass
#  bisect CASE        the patch that breaks a case
#  mutants [NAME…]    is each breakage in mutants/ found?
#  coverage [NAME…]   which lines of the series do the tests reach?
#  fuzz               random messages to the kernel, and twins that must agree
#  compare OLD NEW    what is different between two records; 1: something is worse
#  report [RECORD]    all reports of a record: page, mail, other people's formats
#  check [ARG…]       the project's own tests, then everything
#  'COMMAND --help' says what a command takes
#
# options
#  --series WHAT      apply these patches instead of kernel-series/linux-7.3: a
#                     folder, a file of mails, or A..B in the git tree that
#                     --kernel names; can be repeated. "none": the base as it is
#  --kernel DIR       use the kernel tree in DIR as base; it is copied, not
#                     changed. Implies nothing about --series
#  --config NAME      add config/NAME.config to the kernel's configuration
#  --again            also run the parts of the whole that have passed before
#                     and of which nothing has changed since
#  --failed           run what failed last
#  --repeat N         run KUnit's cases or the selftests N times: which are flaky?
#  --keep-going       after a part that failed, go on with the next; after a
#                     crash, boot again for the remaining selftests
#  --record NAME      call the record of this run NAME (default: date and time)
#  --dry-run          only say what would be built and run
#  -j N               build with N jobs (default: all cores)
#  --no-install       do not install what is missing, only say what it is
#  --list             list all names for these commands, run nothing
#  --shell            a root shell on this terminal in the booted kernel, with
#                     the suite as current folder; 'exit' leaves it
#  --verbose          show more of what is done, each case, and the build's output
#  --help             this
#
# Results: build/runs/NAME/ is the record of a run, with results.json, results.xml
# (JUnit) and a folder of raw logs for each part; build/runs/last is the newest
# that has ended. build/results.json and build/results.xml are those of the newest
# run of everything. Everything made is in build/, which can be deleted.
#
# exit status
#  0  something ran and nothing failed
#  1  a test failed, or nothing ran
#  2  wrong options or bad input, such as a patch that does not apply
#  3  something is missing or broken: a package, room on the disk, the network;
#     the kernel or a selftest did not build
#  130  interrupted; the next run picks up what was done

. "$(dirname "$0")/tools/common.sh"
. "$(dirname "$0")/tools/run.sh"

# tools/run.sh reads them.
# shellcheck disable=SC2034
{
	series=() kernel='' config=() again='' failed='' repeat='' keep_going=''
	record='' dry_run='' jobs='' no_install='' list='' shell='' verbose=''
	words=()
}
help_of_command "$@"
take_options series+ kernel= config+ again failed repeat# keep_going record= \
	dry_run jobs# no_install list shell verbose ... '--*' -- "$@"
command=${words[0]:-} args=("${words[@]:1}") last=$failed
whole=1
[[ ! $command$shell$last ]] || whole=''
[[ $command != coverage ]] || config+=(coverage)
[[ ! $verbose ]] || export LWD_VERBOSE=1
check_command
if [[ $list ]]; then
	list_names
	exit
elif [[ $command = check ]]; then
	exec "$top/tests/check" ${no_install:+--no-install} "${args[@]}"
fi

lock_build
[[ $dry_run ]] && no_install=1
run "$tools/get/install-deps" ${no_install:+--no-install} || exit
get_base
make_record "$@"
make_kernel
if [[ $shell ]]; then
	open_shell
elif [[ $last ]]; then
	while read -r part names; do
		# shellcheck disable=SC2086 # several
		run_part "$part" $names
	done < <(last_failed)
elif [[ $command ]]; then
	run_part "$command" "${args[@]}"
else
	for part in kunit selftests iproute2; do
		run_part "$part"
	done
	run_part footprint --brief
fi
end_record
