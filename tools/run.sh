# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What run_tests.sh is made of, after common.sh: one run at a time, tools that end
# with it, parts whose results go to the record.
#
# shellcheck disable=SC2154 # common.sh and run_tests.sh set them

# help_of_command ARGUMENT...: '--help' with a command is the command's
help_of_command()
{
	case " $* " in
	*' --help '*|*' -h '*) ;;
	*) return ;;
	esac
	for word; do
		[[ $word != check ]] || exec "$top/tests/check" --help
		[[ $word != compare && $word != report ]] ||
			exec "$tools/report/$word" --help
		[[ ! -x $tools/part/$word || $word = *[/.-]* ]] ||
			exec "$tools/part/$word" --help
	done
}

# check_command: wrong options are told before anything is done
check_command()
{
	local folder option

	case $command in
	'') ;;
	check|compare|report)
		for option in "${series[@]/#*/--series}" ${kernel:+--kernel} \
			"${config[@]/#*/--config}" ${last:+--failed} \
			${repeat:+--repeat} \
			${dry_run:+--dry-run} ${shell:+--shell} ${record:+--record}
		do
			die "$exit_usage" "$command takes no $option:" \
				"it takes what is here as it is"
		done
		[[ $command = check ]] ||
			exec "$tools/report/$command" "${args[@]}"
		"$top/tests/check" --check "${args[@]}" || exit
		;;
	*[/.-]*) bad_option "$command" ;;
	*)
		[[ -x $tools/part/$command ]] || bad_option "$command"
		if [[ $command = footprint && $repeat ]]; then
			# it has such an option itself, for its rows
			args+=(--repeat "$repeat") repeat=''
		fi
		"$tools/part/$command" --check "${args[@]}" || exit
		;;
	esac
	[[ ! $shell || $dry_run || -t 0 ]] ||
		die "$exit_usage" "--shell needs a terminal"
	[[ ! $command || ! $last ]] || die "$exit_usage" \
		"--failed runs what failed last, not '$command'"
	case $command$shell in
	''|kunit|selftests) ;;
	*) [[ ! $repeat ]] || die "$exit_usage" \
		"--repeat is for kunit and selftests, not '${command:---shell}'" ;;
	esac
	((${#repeat} < 5)) || die "$exit_usage" "--repeat: at most 9999 times"
	for folder in "${series[@]}"; do
		if [[ ! -e $folder && $folder = *..* ]]; then
			[[ $kernel ]] || die "$exit_usage" \
				"$folder: of which git tree? (--kernel TREE)"
		elif [[ $folder != none && ! -e $folder ]]; then
			die "$exit_usage" "there is no folder or file $folder"
		fi
		[[ $folder != none || ${#series[@]} = 1 ]] ||
			die "$exit_usage" \
				"--series none and --series DIR: which one?"
	done
	for option in "${config[@]}"; do
		[[ -r $top/config/$option.config ]] || die "$exit_usage" \
			"there is no config/$option.config"
	done
	[[ ! $kernel || -d $kernel ]] ||
		die "$exit_usage" "there is no folder $kernel"
	if [[ $last ]]; then
		last=$("$tools/record" failed) || exit
		[[ $last ]] || die "$exit_fail" "nothing failed last time"
	fi
}

list_names()
{
	echo "selftests (./run_tests.sh selftests NAME):"
	"$tools/part/selftests" --list | sed 's/^/  /'
	echo "iproute2 (./run_tests.sh iproute2 NAME):"
	"$tools/part/iproute2" --list | sed 's/^/  /'
	echo "KUnit suites (./run_tests.sh kunit GLOB):"
	grep -h -A1 'struct kunit_suite' "$top"/kunit/*.c |
		sed -n 's/.*\.name = "\(.*\)".*/  \1/p'
}

# lock_build: one run at a time, as they share trees and objects
lock_build()
{
	case $top in
	*[[:space:]:]*)
		die "$exit_env" "the kernel cannot be built in a folder whose" \
			"path has spaces or colons: $top"
		;;
	esac
	mkdir -p "$build/logs" || die "$exit_env" "cannot write to $build"
	exec {lock}<>"$build/.lock" || exit "$exit_env"
	if ! flock -n "$lock"; then
		die "$exit_env" \
			"another run is going on here: $(<"$build/.lock")" \
			"Wait for its end, or use a second checkout."
	fi
	: >"$build/.lock"
	echo "process $$, since $(date +%T)" >"$build/.lock"
	rm -rf "$build"/dry-run.*	# of one that was killed
	trap stop EXIT
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM HUP
}

child='' bad='' made='' known=()
# shellcheck disable=SC2317 # called by the traps
stop()
{
	trap '' INT TERM HUP
	if [[ $child ]] && kill -TERM -- "-$child" 2>/dev/null; then
		wait "$child" 2>/dev/null
		end_group "$child"
	fi
	# One in which nothing was run is none.
	[[ ! $made || -e $made/results.json || -s $made/series/patches.json ]] ||
		[[ $(find "$made" -mindepth 2 -name '*.log' -print -quit) ]] ||
		rm -rf "$made"
	: >"$build/.lock"
}
# shellcheck disable=SC2317
interrupted()
{
	say ""
	say "interrupted; the next run picks up what was done"
	exit "$1"
}

# run TOOL...: in a session of its own, so that it can be told to end together
# with what it started, by whatever way we end
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

# get_base: $base is Debian's, or a copy of the user's tree with folders of its
# own; $pinned is Debian's, whose KTAP parser judges in any case
get_base()
{
	local key name commit=''

	# A..B of the user's tree goes on top of A.
	for name in "${series[@]}"; do
		[[ -e $name || $name != *..* ]] || commit=${name%%..*}
	done
	if [[ $dry_run ]] && ! compgen -G "$build/base/*.meta" >/dev/null; then
		say "nothing is here yet: would get the kernel's source, build" \
			"and run everything"
		exit 0
	fi
	run "$tools/get/source" >"$build/.base" || [[ $kernel ]] || exit
	pinned=$(<"$build/.base") key=''
	if [[ $kernel ]]; then
		key=$(realpath -m "$kernel")
		key=$(basename "$key")-$(sha256sum <<<"$key" | cut -c 1-6)
	fi
	set_key "$key"
	base=$pinned
	if [[ $kernel ]]; then
		base=$dir/base
		run "$tools/tree/copy-kernel" ${commit:+--commit "$commit"} \
			"$kernel" "$base" || exit
	fi
	[[ $pinned ]] || warn "the KTAP parser is that of the tree under test"
	: "${pinned:=$base}"
	for name in "${config[@]}"; do
		uml+=-$name
	done
}

# make_record ARGUMENT...: of run_tests.sh
make_record()
{
	known=(--base "$base" --tree "$tree" --uml "$uml"
		"${config[@]/#/--config=}")
	if [[ $dry_run ]]; then
		record=$(mktemp -d "$build/dry-run.XXXXXX") || exit "$exit_env"
	else
		record=$("$tools/record" new ${record:+--name "$record"} \
			--command "./run_tests.sh${*:+ $*}") || exit
	fi
	made=$record	# by this run: so it may go again, see stop
}

# make_kernel: the tree, and what is booted
make_kernel()
{
	local folder folders

	if ((${#series[@]} == 0)); then
		mapfile -t series < <(default_parts)
	elif [[ ${series[0]} = none ]]; then
		series=()
	else
		folders=$("$tools/tree/series" ${kernel:+--kernel "$kernel"} \
			"${series[@]}") || exit
		mapfile -t series <<<"$folders"
	fi
	# To be compared with those of the next revision.
	for folder in "${!series[@]}"; do
		compgen -G "${series[folder]}/*.patch" >/dev/null ||
			die "$exit_usage" "${series[folder]} has no *.patch files"
		mkdir -p "$record/patches/$folder" &&
			cp "${series[folder]}"/*.patch "$record/patches/$folder/" ||
			exit "$exit_env"
	done
	[[ $command != series && $command != bisect ]] || return
	run "$tools/tree/make-tree" --base "$base" --tree "$tree" \
		"${series[@]/#/--series=}" || exit
	[[ ! $dry_run ]] || return
	run "$tools/tree/build-kernel" --tree "$tree" --out "$uml" \
		"${config[@]/#/--config=}" ${jobs:+-j "$jobs"} || exit
	"$tools/record" meta "$record" "${known[@]}" || exit
}

# run_part PART [ARGUMENT...]: results go to $record/PART, or to a folder there for
# each round of --repeat; one that fails ends the run unless it is to keep going. A
# part of which nothing has changed since all of it passed is taken over, in a
# whole run.
run_part()
{
	local part=$1 status=0 round rounds=''

	[[ ! $bad || $keep_going ]] || return 0
	case $part in
	kunit|selftests) rounds=$repeat ;;
	esac
	if [[ $whole && ! $again && ! $rounds ]] && "$tools/record" held \
		"$record" "$part" "${known[@]}" ${dry_run:+--dry-run}; then
		return
	fi
	if [[ $dry_run ]]; then
		say "$part: would run${rounds:+ $rounds times}${2:+: ${*:2}}"
		return
	fi
	if [[ ! $rounds ]]; then
		[[ $part = bisect || $part = series ]] || say "$part"
		run_round "$record/$part" "$@" || status=$?
		[[ ! $whole ]] || ((status)) ||
			"$tools/record" keep "$record" "$part" "${known[@]}"
	fi
	for ((round = 1; round <= ${rounds:-0}; round++)); do
		say "$part, round $round of $rounds"
		run_round "$record/$part/round-$round" "$@" || status=$?
	done
	((status == 0)) || bad=1
}

# run_round OUT PART [ARGUMENT...]: 0 it passed, 1 it failed
run_round()
{
	local status

	mkdir -p "$1" || exit "$exit_env"
	run "$tools/part/$2" --out "$1" "${known[@]}" "${series[@]/#/--series=}" \
		${keep_going:+--keep-going} ${jobs:+-j "$jobs"} "${@:3}"
	status=$?
	case $status in
	0) return ;;
	"$exit_usage"|"$exit_env") exit "$status" ;; # nothing to report
	esac
	return "$exit_fail"
}

# last_failed: "PART NAME..." a line, from what 'record failed' says
last_failed()
{
	awk '!($1 in names) { part[++n] = $1 }
		{ names[$1] = names[$1] " " $2 }
		END {
			for (i = 1; i <= n; i++) {
				p = part[i]
				# a kernel takes one filter
				if (p == "kunit" && split(names[p], x) > 1)
					names[p] = ""
				print p names[p]
			}
		}' <<<"$last"
}

# open_shell: in the booted kernel
open_shell()
{
	local path=$PATH suite=$tree/tools/testing/selftests/net/lwd

	if [[ $dry_run ]]; then
		say "would open a shell in the booted kernel"
		exit
	fi
	# The ip that knows lwd comes first, if it can be built.
	if run "$tools/tree/build-iproute2" >"$record/ip"; then
		path=$(dirname "$(<"$record/ip")"):$path
	else
		warn "this shell has the machine's own ip only"
	fi
	make -s -C "$tree/tools/testing/selftests" TARGETS=net/lwd \
		>"$build/logs/build-selftests.log" 2>&1 </dev/null ||
		warn "the selftests did not build: build/logs/build-selftests.log"
	say "The suite is here: ./sysfs.sh runs one, 'exit' leaves."
	"$tools/engine/boot" --shell --kernel "$uml/linux" --out "$record" \
		--chdir "$suite" --env "PATH=$path:$suite"
	exit
}

# end_record: judge it, whatever was seen until now
end_record()
{
	local status

	[[ ! $dry_run ]] || exit 0
	# It has told its answer, and has no cases.
	[[ $command != bisect ]] || exit "${bad:-0}"
	"$tools/record" end "$record" ${whole:+--whole} || exit
	say ""
	run "$tools/report/judge" "$record" --tree "$pinned"
	status=$?
	((status != exit_usage)) || exit "$status"
	"$tools/report/report" --format html,markdown "$record" >/dev/null ||
		warn "the report could not be drawn"
	[[ ! $whole ]] || "$tools/record" link "$record" || exit
	[[ ! $bad || $keep_going || ! $whole ]] ||
		say "stopped at the first part that failed; --keep-going goes on"
	say "record: ${record#"$top"/} with report.html ($SECONDS s)"
	((status == 0)) && [[ $bad ]] && status=$exit_fail
	exit "$status"
}
