# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The patches of a series, and the tree and kernel of its first K: what 'series' and
# 'bisect' share. Sourced after common.sh, options.sh and the options; sets
# patches, part and last (of patch K: [K - 1]), total, keys (of state K), and where
# things are: home, tree, uml, work.
#
# shellcheck disable=SC2034,SC2154

set -o pipefail
[[ -r $top/config/$only.config ]] ||
	die "$exit_usage" "there is no config/$only.config"
[[ ! $check ]] || exit 0
need_options base tree out
((${#series[@]})) || die "$exit_usage" "$me: there is no series"

# All patches; where each part ends; whether it has tests of its own.
patches=() part=() last=() own_tests=''
[[ -v tree_options ]] || tree_options=()
for folder in "${series[@]}"; do
	while read -r patch; do
		patches+=("$patch") part+=("$(basename "$folder")")
		last+=('')
	done < <(patches_of "$folder")
	[[ ${patches[*]} && ${part[-1]} = "$(basename "$folder")" ]] ||
		die "$exit_usage" "$folder has no *.patch files"
	last[-1]=1
	[[ ! -e $folder/tests ]] || own_tests=1
done
total=${#patches[@]}
home=$(dirname "$(realpath -m "$tree")")/series
tree=$home/tree uml=$home/uml-$only
for name in "${config[@]}"; do
	uml+=-$name
done
states=$build/states
mkdir -p "$home" "$states" "$out" || exit "$exit_env"
kernel_options=(--tree "$tree" --out "$uml" --only "$only"
	"${config[@]/#/--config=}" ${jobs:+-j "$jobs"})
# What another compiler cannot build quickly is built as usual.
slow=$build/slow-compiler
if [[ ${quick_build:-} && $(cat "$slow" 2>/dev/null) != "$(gcc --version)" ]]; then
	kernel_options+=(--quick)
else
	quick_build=''
fi

# The state of each patch is named by all that its results depend on.
suite=$({
	[[ $own_tests ]] || content "$top/kunit" "$top/selftests"
	content "$tools/engine" \
		"$tools"/part/{examine.sh,kunit,options.sh,selftests,upstream} \
		"$tools"/tree/{build-kernel,make-tree,objects.mk,suite} \
		"$tools"/tree/{variants,warnings} \
		"$top/config/$only.config"
	((${#config[@]} == 0)) || (cd "$top/config" && sha256sum \
		"${config[@]/%/.config}")
	gcc --version
	echo "${quick_build:+quick}"
	cat "$base.meta"
} | sha256sum)
keys=("$(cut -c 1-32 <<<"$suite")")
for i in "${!patches[@]}"; do
	# Not what the mail says around it.
	keys+=("$({
		echo "${keys[-1]}"
		awk '/^diff --git |^--- [^ ]*\// { on = 1 } /^-- $/ { on = 0 } on' \
			"${patches[i]}"
		# Its tests come with a part's last patch.
		[[ ! ${last[i]} || ! -e ${patches[i]%/*}/tests ]] || (
			cd "$top" && sed 's/#.*//' "${patches[i]%/*}/tests" |
				xargs sha256sum)
	} | sha256sum | cut -c 1-32)")
done

# set_tree K: the tree has patches 1..K; 1 if one does not apply
set_tree()
{
	mkdir -p "$work" || exit "$exit_env"
	"$tools/tree/make-tree" --base "$base" --tree "$tree" \
		"${series[@]/#/--series=}" --number "$1" "${tree_options[@]}" \
		2>"$work/apply"
	case $? in
	0) ;;
	"$exit_usage") return 1 ;;
	*) cat "$work/apply" >&2; exit "$exit_env" ;;
	esac
}

# set_kernel: builds it, without KUnit's cases if these need more than is there
set_kernel()
{
	local status

	with_kunit=1
	"$tools/tree/build-kernel" "${kernel_options[@]}" 2>"$work/build" \
		</dev/null && return
	status=$?
	((status == exit_env)) || exit "$status"
	! grep -q 'disk is full' "$work/build" || {
		cat "$work/build" >&2
		exit "$exit_env"
	}
	! grep -q 'net/core/tests/' "$work/build" && return 1
	with_kunit=''
	"$tools/tree/build-kernel" "${kernel_options[@]}" --no-kunit \
		2>"$work/build" </dev/null
}

# cases RESULT FILE...: "suite: name" of each, sorted
cases()
{
	jq -r --arg r "$1" '.suites[] | .name as $suite | .cases[] |
		select(.result == $r) | "\($suite): \(.name)"' "${@:2}" |
		LC_ALL=C sort -u
}

# subject_of PATCH: without "[PATCH …]"
subject_of()
{
	local subject

	subject=$(awk '/^Subject: / { sub(/^Subject: /, ""); print; on = 1; next }
		on && /^[ \t]/ { print; next } on { exit }' "$1" | tr -d '\n' |
		sed 's/^\(\[[^]]*\] *\)*//')
	echo "${subject:-$(basename "$1" .patch)}"
}

work=$home/work
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
