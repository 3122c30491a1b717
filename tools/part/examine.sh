# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# All checks of one patch, for 'series'. Sourced after patches.sh; what they find
# goes to row[], logs to $work.
#
# shellcheck disable=SC2004,SC2034,SC2154

# examine K: all checks of one state, in $work; sets row[]
examine()
{
	local k=$1 files warnings=''

	row[applies]=fail
	set_tree "$k" || {
		row[error]=$(<"$work/apply")
		return
	}
	row[applies]=pass row[builds]=fail
	set_kernel || {
		row[error]=$(<"$work/build")
		return
	}
	row[builds]=pass
	if ((k)); then
		mapfile -t files < <(touched_by "${patches[k - 1]}" |
			grep '\.c$' | grep -v '^tools/')
		# Beside the tests, which wait most of the time.
		"$tools/tree/warnings" --base "$base" --tree "$tree" \
			--out "$uml" "${files[@]}" >"$work/warnings" &
		warnings=$!
	fi
	if "$tools/engine/boot" --kernel "$uml/linux" --out "$work/boot" \
		--name boot --run true 2>"$work/said"; then
		row[boots]=pass
		known_kernel "$k" || run_tests "$k"
		judge "$k"
	else
		row[boots]=fail row[error]=$(<"$work/said")
	fi
	[[ ! $warnings ]] || see_warnings "$warnings"
	[[ ${row[boots]} = pass ]] || return
	((k)) || return 0
	if [[ ${row[upstream]} = pass ]]; then
		diff -r -x '*.log' "$states/${keys[0]}/upstream" \
			"$work/upstream" >"$work/upstream.diff" || {
			row[upstream]="fail: $(grep -c '^diff' \
				"$work/upstream.diff") different"
			row[error]+="${row[error]:+$'\n'}$(head -n 12 \
				"$work/upstream.diff")"
		}
	fi
	! wants_variants "$k" || see_variants "$k"
}

# see_warnings PID: what tools/tree/warnings has found in the end
see_warnings()
{
	row[warnings]=pass
	wait "$1" && return
	row[warnings]="fail: $(grep -c '^new' "$work/warnings") new"
	row[error]+="${row[error]:+$'\n'}$(grep '^new' "$work/warnings" |
		head -n 12)"
}

# wants_variants K: is it to be compiled for other kernels too?
wants_variants()
{
	((${#chosen[@]} && $1)) && [[ $only = base && ! $quick ]]
}

# see_variants K: the C files of the part in other kernels
see_variants()
{
	local k=$1 i files mine=()

	for ((i = 0; i < k; i++)); do
		[[ ${part[i]} != "${part[k - 1]}" ]] || mine+=("${patches[i]}")
	done
	mapfile -t files < <(touched_by "${mine[@]}" |
		grep '\.c$' | grep -v '^tools/')
	row[variants]=pass
	"$tools/tree/variants" --base "$base" --tree "$tree" \
		--out "$home/variants" ${jobs:+-j "$jobs"} "${files[@]}" \
		>"$work/variants" 2>"$work/variants.said" && return
	(($? == exit_fail)) || {
		cat "$work/variants.said" >&2
		exit "$exit_env"
	}
	row[variants]="fail: $(grep -c ': new ' "$work/variants") new"
	row[error]+="${row[error]:+$'\n'}$(grep ': new ' "$work/variants" |
		head -n 12)"
}

# known_kernel K: an earlier patch has made the same kernel and the same tests: so
# what they said holds
known_kernel()
{
	local k folder name

	{
		sha256sum <"$uml/linux"
		cat "$tree.tests" "$uml/.config"
		(cd "$tree" && content net/core/tests)
	} | sha256sum >"$work/kernel"
	for ((k = $1 - 1; k >= 0; k--)); do
		folder=$states/${keys[k]}
		cmp -s "$work/kernel" "$folder/kernel" || continue
		[[ $quick || -d $folder/upstream ]] || continue
		[[ $(jq -r .upstream "$folder/row.json") != fail ]] || continue
		for name in kunit selftests upstream; do
			[[ -d $folder/$name ]] || continue
			cp -a "$folder/$name" "$work/" || exit "$exit_env"
			row[$name]=pass
		done
		return 0
	done
	return 1
}

# run_tests K: those of the kernel itself wait most of the time, so the others are
# run beside them
run_tests()
{
	local k=$1 upstream=''

	if [[ ! $quick ]]; then
		"$tools/part/upstream" --quick --tree "$base" --uml "$uml" \
			--out "$work/upstream" >"$work/upstream.said" 2>&1 &
		upstream=$! row[upstream]=pass
	fi
	if [[ $with_kunit ]] &&
		grep -q '^CONFIG_NET_LWD_KUNIT_TEST=y' "$uml/.config"; then
		row[kunit]=pass
		"$tools/part/kunit" --tree "$tree" --uml "$uml" \
			--out "$work/kunit" >"$work/kunit.said" 2>&1
	elif ((k == total)) && [[ ! $with_kunit ]]; then
		row[kunit]=fail row[error]="KUnit's cases do not compile"
	fi
	[[ ! -e $tree/tools/testing/selftests/net/lwd/Makefile ]] ||
		run_selftests "$k"
	[[ ! $upstream ]] || wait "$upstream" || {
		row[upstream]=fail
		row[error]+="${row[error]:+$'\n'}$(<"$work/upstream.said")"
	}
}

# run_selftests K: those of what is there, whatever the kernel says of itself
run_selftests()
{
	local k=$1 status more=()

	[[ ! $own_tests ]] || more=(--env LWD_FORCE=1)
	((k == 0)) || [[ ${last[k - 1]} ]] || more+=(--brief)
	row[selftests]=pass
	"$tools/part/selftests" --tree "$tree" --uml "$uml" --keep-going \
		--out "$work/selftests" "${more[@]}" >"$work/selftests.said" 2>&1
	status=$?
	if ((status == exit_env)); then
		row[selftests]=fail
		row[error]+="${row[error]:+$'\n'}$(<"$work/selftests.said")"
	fi
}

# judge K: which cases fail that should not
judge()
{
	local k=$1 what bad

	: >"$work/passed"
	[[ -d $work/kunit || -d $work/selftests ]] || return 0
	"$tools/report/judge" "$work" --tree "$base" >"$work/judged" 2>&1
	[[ -s $work/results.json ]] || {
		row[selftests]=fail row[error]=$(tail -n 12 "$work/judged")
		return
	}
	cases pass "$work/results.json" >"$work/passed"
	cases fail "$work/results.json" >"$work/failed"
	if ((k)) && [[ -s $states/${keys[k - 1]}/passed ]]; then
		LC_ALL=C sort -u "$states/${keys[k - 1]}/passed" "$work/passed" \
			>"$work/seen" && mv "$work/seen" "$work/passed"
	fi
	if [[ ${last[k - 1]:-} ]]; then
		cp "$work/failed" "$work/bad"
	else
		LC_ALL=C comm -12 "$work/failed" "$work/passed" >"$work/bad"
	fi
	for what in kunit selftests; do
		[[ ${row[$what]} = pass ]] || continue
		bad=$(grep -c "^$what/" "$work/bad")
		row[$what]=$(jq -r --arg part "$what/" '
			[.suites[] | select(.name | startswith($part)) |
			.cases[].result] | map(select(. == "pass")) | length |
			"pass \(.)"' "$work/results.json")
		((bad == 0)) || row[$what]="fail: $bad failed"
	done
	if [[ -s $work/bad ]]; then
		row[error]+="${row[error]:+$'\n'}$(head -n 12 "$work/bad")"
		# The kernel, not a case.
		grep -qE '^(kunit|selftests)/' "$work/bad" ||
			row[selftests]="fail: $(wc -l <"$work/bad") failed"
	fi
}
