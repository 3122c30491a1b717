# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the stages of tests/check share: one KTAP result line per test, the
# message of a failure on "# " lines before it, the plan at the end.

. "$(dirname "${BASH_SOURCE[0]}")/../tools/common.sh"

work=$build/check	# what the stages need room for

# The patches that are tested by default, and the options that say so.
mapfile -t series < <(default_parts)
series_options=()
for folder in "${series[@]}"; do
	series_options+=(--series "$folder")
done

count=0

echo "TAP version 13"
mkdir -p "$work"

# note: standard input as diagnostic lines, the last ones if there are many
note()
{
	tail -n 20 | cut -c 1-200 | sed 's/^/# /'
}

pass()
{
	echo "ok $((++count)) $*"
}

# fail NAME [TEXT]
fail()
{
	[[ -z ${2:-} ]] || note <<<"$2"
	echo "not ok $((++count)) $1"
}

# skip NAME REASON
skip()
{
	echo "ok $((++count)) $1 # SKIP $2"
}

# check NAME COMMAND...: passes if the command does; its output is the message
check()
{
	local name=$1 out
	shift

	if out=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name" "${out:-$* failed}"
	fi
}

# alone OPTION... COMMAND: unshare of namespaces; needs no root where users may
# have namespaces of their own
alone()
{
	if ((EUID)); then
		set -- --user --map-root-user "$@"
	fi
	unshare "$@"
}

# end_stage: the plan
end_stage()
{
	echo "1..$count"
}
