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

# need_number OPTION VALUE
need_number()
{
	[[ $2 =~ ^[1-9][0-9]*$ ]] ||
		die "$exit_usage" "$me: $1 takes a positive number, not '$2'"
}

# take_options OPTION... -- ARGUMENT...: what was asked for, in variables
#
#  name    --name sets $name to 1      name=  --name VALUE sets $name
#  name#   the same, a number          name+  --name VALUE is added to name=()
#  ...     words are welcome: they go to words=()
#  --*     so are options that are not known, for another tool
#
# Options are found anywhere between words; --name=VALUE and -jN will do, and
# --help ends the tool.
take_options()
{
	local _known=''

	while [[ $1 != -- ]]; do
		_known+=" $1"
		shift
	done
	shift
	words=()
	while (($#)); do
		case $1 in
		--help|-h) show_help; exit 0 ;;
		-j) set -- --jobs "${@:2}" ;;
		-j?*) set -- --jobs "${1#-j}" "${@:2}" ;;
		--[a-z]*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
		esac
		take_option "$_known " "$@"
		shift "$?"
	done
}

# take_option KNOWN ARGUMENT [NEXT...]: its status is how many of them it took
take_option()
{
	local _known=$1 _option=$2 _name=${2#--}

	shift 2
	case $_option in
	--?*) _name=${_name//-/_} ;;
	-?*) _name='?' ;;
	*)
		[[ $_known = *' ... '* ]] || bad_option "$_option"
		words+=("$_option")
		return 1
		;;
	esac
	case $_known in
	*" $_name "*) printf -v "$_name" 1; return 1 ;;
	*" $_name"[=#+]" "*) ;;
	*' --* '*) words+=("$_option"); return 1 ;;
	*) bad_option "$_option" ;;
	esac
	(($#)) || die "$exit_usage" "$me: $_option needs a value"
	[[ $_known != *" $_name# "* ]] || need_number "$_option" "$1"
	if [[ $_known = *" $_name+ "* ]]; then
		local -n _list=$_name
		_list+=("$1")
	else
		printf -v "$_name" %s "$1"
	fi
	return 2
}

# need_options NAME...: those that a tool cannot do without
need_options()
{
	local name

	for name; do
		[[ ${!name} ]] || die "$exit_usage" \
			"$me: --${name//_/-} is missing" "'$me --help' lists all."
	done
}

# debian_mirror: where this machine gets Debian's packages from, or what
# DEBIAN_MIRROR names; nothing if that is not known
debian_mirror()
{
	# shellcheck disable=SC2016 # apt fills it in
	if [[ ${DEBIAN_MIRROR:-} ]]; then
		echo "$DEBIAN_MIRROR"
	else
		# https://deb.debian.org/debian or, as cloud images have it,
		# mirror+file:/etc/apt/mirrors/debian.list
		apt-get indextargets 'Created-By: Packages' \
			--format '$(REPO_URI)' 2>/dev/null |
			grep -m 1 -E '/debian(\.list)?/?$'
	fi
}

# patches_of FOLDER: its patches in the order of their names; 0000-*, the cover
# letter, is none
patches_of()
{
	local patch

	for patch in "$1"/*.patch; do
		[[ ! -e $patch || ${patch##*/} = 0000-* ]] || echo "$patch"
	done
}

# touched_by PATCH...: the files that they touch, both ends of a rename too
touched_by()
{
	awk '/^(---|\+\+\+) / && $2 != "/dev/null" && $2 ~ "/" {
			sub(/^[^ ]* [^\/]*\//, ""); sub(/\t.*/, ""); print
		}
		/^diff --git / { sub(/^[^\/]*\//, "", $3); print $3 }
		/^rename from / { print $3 }' /dev/null "$@" |
		LC_ALL=C sort -u
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

# free_memory: megabytes that can be had now, here and in this control group
free_memory()
{
	local free=0 group limit used

	free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
	group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	limit=$(cat "$group/memory.max" 2>/dev/null)
	used=$(cat "$group/memory.current" 2>/dev/null)
	if [[ $limit =~ ^[0-9]+$ && $used ]]; then
		limit=$(((limit - used) >> 20))
		free=$((limit < free ? limit : free))
	fi
	echo "$free"
}

# content FILE...: digests of what is there, with names; folders with all in them
content()
{
	local path there=()

	for path; do
		[[ ! -e $path ]] || there+=("$path")
	done
	((${#there[@]} == 0)) || find "${there[@]}" -type f ! -name '*.pyc' \
		-print0 | LC_ALL=C sort -z | xargs -0r sha256sum
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
