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
#  footprint [ARG…]   only the memory and time per device; 'footprint --help'
#                     says what can be asked for
#  same [PART…]       what the patches change for those who use no label: builds
#                     a kernel without them too, and compares sizes, upstream's
#                     selftests and speed; 'tools/part/same --help' has the parts
#  check [ARG…]       the project's own tests, then everything
#
# options
#  --series DIR       apply the patches in DIR instead of kernel-series/linux-7.3;
#                     can be repeated. --series none: test the base as it is
#  --kernel DIR       use the kernel tree in DIR as base; it is copied, not
#                     changed. Implies nothing about --series
#  --config NAME      add config/NAME.config to the kernel's configuration
#  --again            also run the parts of the whole that have passed before
#                     and of which nothing has changed since
#  --keep-going       after a part that failed, go on with the next; after a
#                     crash, boot again for the remaining selftests
#  -j N               build with N jobs (default: all cores)
#  --no-install       do not install what is missing, only say what it is
#  --list             list all names for these commands, run nothing
#  --shell            a root shell on this terminal in the booted kernel, with
#                     the suite as current folder; 'exit' leaves it
#  --verbose          show more of what is done, and the build's output
#  --help             this
#
# Results: build/results.json, build/results.xml (JUnit) and the raw logs in
# build/runs/last/. Everything made is in build/, which can be deleted.
#
# exit status
#  0  something ran and nothing failed
#  1  a test failed, or nothing ran
#  2  wrong options or bad input, such as a patch that does not apply
#  3  something is missing or broken: a package, room on the disk, the network;
#     the kernel or a selftest did not build
#  130  interrupted; the next run picks up what was done

. "$(dirname "$0")/tools/common.sh"

command='' args=() series=() kernel_dir='' keep_going='' again='' jobs='' install=()
config=() list='' shell=''
while (($#)); do
	case $1 in
	--help|-h) show_help; exit 0 ;;
	--keep-going) keep_going=--keep-going ;;
	--again) again=1 ;;
	--no-install) install=(--no-install) ;;
	--verbose) export LWD_VERBOSE=1 ;;
	--list) list=1 ;;
	--shell) shell=1 ;;
	--series) need_value "$1" $#; series+=("$2"); shift ;;
	--kernel) need_value "$1" $#; kernel_dir=$2; shift ;;
	--config) need_value "$1" $#; config+=(--config "$2"); shift ;;
	-j) need_value "$1" $#; need_number "$1" "$2"; jobs=$2; shift ;;
	-j*) need_number -j "${1#-j}"; jobs=${1#-j} ;;
	--*|-*) bad_option "$1" ;;
	footprint|check|same) command=$1; shift; args=("$@"); break ;;
	kunit|selftests|iproute2)
		[[ ! $command ]] || bad_option "$1"
		command=$1
		;;
	*)
		[[ $command ]] || bad_option "$1"
		args+=("$1")
		;;
	esac
	shift
done

case $command in
check)
	"$tools/get/install-deps" --for check "${install[@]}" || exit
	exec "$top/tests/check" "${args[@]}"
	;;
footprint)
	case " ${args[*]} " in
	*' --help '*|*' -h '*) exec "$tools/part/footprint" --help ;;
	esac
	;;
same)
	case " ${args[*]} " in
	*' --help '*|*' -h '*) exec "$tools/part/same" --help ;;
	esac
	;;
kunit) ((${#args[@]} <= 1)) || bad_option "${args[1]}" ;;
esac
if [[ $list ]]; then
	echo "selftests (./run_tests.sh selftests NAME):"
	"$tools/part/selftests" --list | sed 's/^/  /' || exit
	echo "iproute2 (./run_tests.sh iproute2 NAME):"
	"$tools/part/iproute2" --list | sed 's/^/  /' || exit
	echo "KUnit suites (./run_tests.sh kunit GLOB):"
	grep -h -A1 'struct kunit_suite' "$top"/kunit/*.c |
		sed -n 's/.*\.name = "\(.*\)".*/  \1/p'
	exit 0
fi

case $top in
*[[:space:]:]*)
	die "$exit_env" "the kernel cannot be built in a folder whose path has" \
		"spaces or colons: $top"
	;;
esac
for folder in "${series[@]}"; do
	[[ $folder = none || -d $folder ]] ||
		die "$exit_usage" "there is no folder $folder"
	[[ $folder != none || ${#series[@]} = 1 ]] ||
		die "$exit_usage" "--series none and --series DIR: which one?"
done

# One run at a time: they share trees and objects.
mkdir -p "$build/logs" "$build/runs" ||
	die "$exit_env" "cannot write to $build"
exec {lock}<>"$build/.lock" || exit "$exit_env"
if ! flock -n "$lock"; then
	die "$exit_env" "another run is going on here: $(<"$build/.lock")" \
		"Wait for its end, or use a second checkout."
fi
: >"$build/.lock"
echo "process $$, since $(date +%T)" >"$build/.lock"

# Every tool gets a session of its own, so that it can be told to end together
# with what it started, by whatever way we end.
child=''
# shellcheck disable=SC2317 # called by the traps
stop()
{
	trap '' INT TERM HUP
	if [[ $child ]] && kill -TERM -- "-$child" 2>/dev/null; then
		wait "$child" 2>/dev/null
		end_group "$child"
	fi
	: >"$build/.lock"
}
# shellcheck disable=SC2317
interrupted()
{
	say ""
	say "interrupted; the next run picks up what was done"
	exit "$1"
}
trap stop EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM HUP

run()
{
	local status

	setpriv --pdeathsig TERM setsid "$@" &
	child=$!
	wait "$child"
	status=$?
	child=''
	return "$status"
}

started=$SECONDS
run "$tools/get/install-deps" "${install[@]}" || exit

# The base: Debian's, or a copy of the user's tree with folders of its own.
key=''
if [[ $kernel_dir ]]; then
	key=$(realpath -m "$kernel_dir")
	key=$(basename "$key")-$(sha256sum <<<"$key" | cut -c 1-6)
	set_key "$key"
	base=$dir/base
	run "$tools/tree/copy-kernel" "$kernel_dir" "$base" || exit
else
	set_key ''
	run "$tools/get/source" >"$build/.base" || exit
	base=$(<"$build/.base")
fi
for name in "${config[@]/--config/}"; do
	[[ ! $name ]] || uml+=-$name
done

((${#series[@]})) || mapfile -t series < <(default_parts)
patches=()
for folder in "${series[@]}"; do
	[[ $folder = none ]] || patches+=(--series "$folder")
done

run "$tools/tree/make-tree" --base "$base" --tree "$tree" "${patches[@]}" || exit
run "$tools/tree/build-kernel" --tree "$tree" --out "$uml" "${config[@]}" \
	${jobs:+-j "$jobs"} || exit
kernel=$uml/linux

# Each run keeps its logs; 'last' is the newest, and the last ten stay.
now=$build/runs/$(date +%Y%m%d-%H%M%S)
mkdir -p "$now" && ln -sfn "${now##*/}" "$build/runs/last" || exit "$exit_env"
find "$build/runs" -mindepth 1 -maxdepth 1 -type d -name '2*' | sort -r |
	tail -n +11 | xargs -r rm -rf
run "$tools/tree/run-info" --tree "$tree" --kernel "$kernel" >"$now/meta.json" ||
	exit

if [[ $shell ]]; then
	# The ip that knows lwd comes first, if it can be built.
	path=$PATH
	if run "$tools/tree/build-iproute2" >"$now/ip"; then
		path=$(dirname "$(<"$now/ip")"):$path
	else
		warn "this shell has the machine's own ip only"
	fi
	suite=$tree/tools/testing/selftests/net/lwd
	make -s -C "$tree/tools/testing/selftests" TARGETS=net/lwd \
		>"$build/logs/build-selftests.log" 2>&1 </dev/null ||
		warn "the selftests did not build: build/logs/build-selftests.log"
	say "The suite is here: ./sysfs.sh runs one, 'exit' leaves."
	"$tools/engine/boot" --shell --kernel "$kernel" --out "$now" --chdir "$suite" \
		--env "PATH=$path:$suite"
	exit
fi

# The parts. One that fails ends the run unless --keep-going; what was seen
# until then is reported in any case.
results=(--tree "$tree" --meta "$now/meta.json"
	--json "$build/results.json" --junit "$build/results.xml")
failed=''
wanted()
{
	[[ ! $command || $command = "$1" ]] && [[ ! $failed || $keep_going ]]
}

# What the parts depend on. One that has passed is not run again until something
# of it has changed, as it is with what is built: its logs are taken over.
{
	cat "$uml.stamp" "$tree.digest"
	find "$tools" "$top/kernel-series/iproute2" "$0" -type f -print0 |
		LC_ALL=C sort -z | xargs -0 sha256sum
	dpkg-query -W 2>/dev/null | sha256sum
} >"$now/.inputs"

# unchanged PART
unchanged()
{
	local logs=$dir/passed/$1

	[[ ! $command && ! $again ]] &&
		cmp -s "$logs/.inputs" "$now/.inputs" || return
	cp -a "$logs/." "$now/" || return
	say "$1: nothing has changed since it passed, at" \
		"$(date -r "$logs/.inputs" +'%F %T')"
}

# passed PART LOG...: keep what the whole part has logged
passed()
{
	local logs=$dir/passed/$1

	[[ ! $command ]] || return 0
	rm -rf "$logs"
	mkdir -p "$logs" && cp -a "${@:2}" "$logs/" &&
		cp "$now/.inputs" "$logs/"
}

if wanted kunit; then
	if unchanged KUnit; then
		results+=(--kunit "$now/kunit.log")
	elif grep -q '^CONFIG_NET_LWD_KUNIT_TEST=y' "$uml/.config"; then
		say "KUnit"
		run "$tools/part/kunit" --tree "$tree" --kernel "$kernel" \
			--out "$now" ${args[0]:+--filter "${args[0]}"} &&
			passed KUnit "$now/kunit.log" || failed=1
		results+=(--kunit "$now/kunit.log")
	elif [[ $command = kunit ]]; then
		die "$exit_usage" "this tree has no lwd, so no KUnit cases"
	fi
fi
if wanted selftests; then
	names=()
	[[ $command != selftests ]] || names=("${args[@]}")
	if ! unchanged selftests; then
		say "selftests"
		run "$tools/part/selftests" --tree "$tree" --kernel "$kernel" \
			--out "$now" ${keep_going:+"$keep_going"} "${names[@]}"
		status=$?
		# Wrong names, or not built: nothing to report.
		((status != exit_usage && status != exit_env)) || exit "$status"
		((status == 0)) && passed selftests \
			"$now"/{,console-}selftests* || failed=1
	fi
	results+=(--selftests "$now/selftests.log"
		--times "$now/selftests.times")
	for log in "$now"/console-selftests*.log; do
		results+=(--console "$log")
	done
fi
if wanted iproute2; then
	names=()
	[[ $command != iproute2 ]] || names=("${args[@]}")
	if ! unchanged iproute2; then
		say "iproute2"
		run "$tools/part/iproute2" --tree "$tree" --kernel "$kernel" \
			--out "$now" ${keep_going:+"$keep_going"} "${names[@]}"
		status=$?
		((status != exit_usage && status != exit_env)) || exit "$status"
		((status == 0)) && passed iproute2 \
			"$now"/{new-ip,{,console-}testsuite.log} || failed=1
	fi
	[[ ! -e $now/testsuite.log ]] ||
		results+=(--testsuite "$now/testsuite.log")
	[[ ! -d $now/new-ip ]] ||
		results+=(--new-ip "$now/new-ip/selftests.log")
	for log in "$now"/{console-testsuite,new-ip/console-*}.log; do
		[[ ! -e $log ]] || results+=(--console "$log")
	done
fi
if [[ $command = same ]]; then
	say "same: the kernel without the patches"
	run "$tools/tree/make-tree" --base "$base" --tree "$dir/plain/tree" || exit
	run "$tools/tree/build-kernel" --tree "$dir/plain/tree" \
		--out "$dir/plain/uml" "${config[@]}" ${jobs:+-j "$jobs"} || exit
	say "same"
	run "$tools/part/same" --tree "$tree" --uml "$uml" --out "$now" \
		--plain-tree "$dir/plain/tree" --plain-uml "$dir/plain/uml" \
		"${args[@]}" || failed=1
	[[ -e $now/same.log ]] || exit "$exit_env"
	results+=(--same "$now/same.log")
fi
if wanted footprint; then
	measure=(--kind dummy --state "down,ipv4" --sites none)
	[[ $command != footprint ]] || measure=("${args[@]}")
	if ! unchanged footprint; then
		say "footprint"
		run "$tools/part/footprint" --kernel "$kernel" --out "$now" \
			"${measure[@]}"
		status=$?
		((status != exit_usage && status != exit_env)) || exit "$status"
		((status == 0)) && passed footprint "$now"/footprint* ||
			failed=1
	fi
	results+=(--footprint "$now/footprint.jsonl")
fi

say ""
run "$tools/report/judge" "${results[@]}"
status=$?
[[ ! $failed || $keep_going || $command ]] ||
	say "stopped at the first part that failed; --keep-going goes on"
say "details: build/results.json, build/results.xml, build/runs/last/" \
	"($((SECONDS - started)) s)"
((status == 0)) && [[ $failed ]] && status=$exit_fail
exit "$status"
