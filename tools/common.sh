# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tools share: where things are, how they speak, how they end.
# Sourced, never run.

set -u

# Users' PATHs on Debian lack the folders where ip, tc and nft live.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C.UTF-8

# Read by the tools that source this file.
# shellcheck disable=SC2034
{
	top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
	tools=$top/tools
	build=$top/build
	me=$(basename "$0")

	# Exit codes, the same in every tool.
	exit_fail=1	# a test failed
	exit_usage=2	# bad option or bad input
	exit_env=3	# something is missing, full, broken; a build failed
	exit_limit=124	# a time limit was reached
	exit_died=125	# the kernel died or did not boot
}

if [[ -t 2 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
	c_red=$'\e[31m' c_yellow=$'\e[33m' c_dim=$'\e[2m' c_off=$'\e[0m'
else
	c_red='' c_yellow='' c_dim='' c_off=''
fi

# say TEXT: what is going on, one line
say()
{
	printf '%s\n' "$*" >&2
}

# detail TEXT: shown with --verbose only
detail()
{
	[[ ${LWD_VERBOSE:-0} = 0 ]] || printf '%s%s%s\n' \
		"$c_dim" "$*" "$c_off" >&2
}

warn()
{
	printf '%swarning:%s %s\n' "$c_yellow" "$c_off" "$*" >&2
}

# die CODE TEXT [MORE LINES]
die()
{
	local code=$1

	shift
	printf '%serror:%s %s\n' "$c_red" "$c_off" "$1" >&2
	shift
	(($# == 0)) || printf '       %s\n' "$@" >&2
	exit "$code"
}

# show_help: the comment block at the top of the tool is its --help
show_help()
{
	awk 'NR > 2 && !/^#/ { exit }
	     NR > 2 { sub(/^# ?/, ""); print }' "$0"
}

bad_option()
{
	die "$exit_usage" "$me: unknown option or argument '$1'" \
		"'$me --help' lists them."
}

# need_value OPTION COUNT: an option that takes a value came last
need_value()
{
	[[ $2 -ge 2 ]] || die "$exit_usage" "$me: $1 needs a value"
}

# need_number OPTION VALUE
need_number()
{
	[[ $2 =~ ^[1-9][0-9]*$ ]] ||
		die "$exit_usage" "$me: $1 takes a positive number, not '$2'"
}

# debian_mirror: where this machine gets Debian's packages from, or what
# DEBIAN_MIRROR names
debian_mirror()
{
	local mirror=${DEBIAN_MIRROR:-}

	# shellcheck disable=SC2016 # apt fills it in
	[[ $mirror ]] || mirror=$(apt-get indextargets 'Created-By: Packages' \
		--format '$(REPO_URI)' 2>/dev/null |
		grep -m 1 -E '/debian/?$')
	[[ $mirror ]] || die "$exit_env" \
		"apt's configuration names no Debian mirror" \
		"Give one: DEBIAN_MIRROR=URL ./run_tests.sh"
	echo "$mirror"
}

# default_parts: the parts of the series here, in the order of their names: the
# folders that have patches
default_parts()
{
	local folder

	for folder in "$top"/kernel-series/linux-7.3/*/; do
		! compgen -G "$folder*.patch" >/dev/null || echo "${folder%/}"
	done
}

# need_space DIR MEGABYTES WHAT-FOR
need_space()
{
	local dir=$1 want=$2 what=$3 free

	free=$(df -Pm -- "$dir" | awk 'NR == 2 { print $4 }')
	((free >= want)) ||
		die "$exit_env" "not enough room for $what" \
			"$dir has $free MB free, about $want MB are needed."
}

# The key names one base: the default one has plain folder names (build/tree,
# build/uml), every other one has them below build/KEY/.
# set_key KEY: sets $dir and the folders in it
set_key()
{
	dir=$build${1:+/$1}
	# shellcheck disable=SC2034
	tree=$dir/tree uml=$dir/uml
}

# uml_memory SIZE SCRATCH: UML keeps its memory in an unlinked file: in /dev/shm
# if there is room, else on disk
uml_memory()
{
	local want have

	want=$(numfmt --from=iec "$1" 2>/dev/null) ||
		die "$exit_usage" "$me: '$1' is not a size like 2G"
	have=$(df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
	if ((${have:-0} > want >> 20)); then
		unset TMPDIR TMP TEMP
	else
		export TMPDIR=$2
	fi
}

# make_errors LOG TREE: the first errors of a build, without colours and with
# names from the tree on
make_errors()
{
	local errors

	errors=$(sed -e 's/\x1b\[[0-9;]*[mK]//g' -e "s|$2/||g" "$1" | grep -E \
		'(error|Error|ERROR):|undefined reference|multiple definition|No rule to make|not found' |
		awk '!seen[$0]++' | head -n 12)
	printf '%s\n' "${errors:-$(tail -n 12 "$1")}" | sed 's/^/    /' >&2
}

# end_group PID: end the process group of PID (started with setsid), at once:
# nothing that we start this way has anything to save
end_group()
{
	kill -KILL -- "-$1" 2>/dev/null
}
