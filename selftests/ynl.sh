#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The specification of rtnetlink's links knows the label and the switches of
# layer 3: what the tree's YNL client sets with it comes back from a dump.

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# Client and specification: those of the tree, or those that net/lib installs.
find_client()
{
	local where

	for where in "../../../../net/ynl ../../../../../Documentation/netlink/specs" \
		     "../lib/ynl ../lib/specs"; do
		read -r client spec <<< "$where"
		client=$lwd_dir/$client/pyynl/cli.py
		spec=$lwd_dir/$spec/rt-link.yaml
		[[ ! -r $client || ! -r $spec ]] || return 0
	done
	lwd_skip_all "no pyynl/cli.py, or no rt-link.yaml"
}

# ynl DO|DUMP OPERATION JSON OPTIONS...: in $ns; the answer is $answer, in JSON
ynl()
{
	answer=$(ip netns exec "$ns" python3 "$client" --spec "$spec" \
		--no-schema --output-json "--$1" "$2" --json "$3" "${@:4}" 2>&1)
}

# ynl_ok WHAT ...: it works
ynl_ok()
{
	local what=$1; shift

	ynl "$@" ||
		lwd_fail "$what: expected success, got ${answer//$'\n'/; }"
}

# make NAME LABEL [AF_SPEC]: by the specification
make()
{
	ynl_ok "create of $1" "do" newlink \
		"{\"ifname\": \"$1\", \"lwd\": $2, ${3:+\"af-spec\": $3,}
		  \"linkinfo\": {\"kind\": \"dummy\"}}" --create --excl
}

# tells WHAT WORDS NAME: the label and the switches of a link in a dump
tells()
{
	expect "$1" "$2" "$(jq -r '.[] | select(.ifname == "'"$3"'") |
		[.lwd, (."af-spec" | .inet.enable, .inet6.enable,
		 .mpls.enable)] | map(. // "-" | tostring) | join(",")' <<< "$answer")"
}

# One of each sort is made, and a dump tells which is which.
label()
{
	make y_lwd 1
	make y_ord 0
	attr_is "$ns" y_lwd lwd 1
	attr_is "$ns" y_ord lwd 0
	ynl_ok links dump getlink '{}'
	tells "lightweight" 1,auto,auto,auto y_lwd
	tells "control" 0,-,-,- y_ord
}

# Switches at the create, and later; the control refuses them.
switches()
{
	local spec_on='{"inet": {"enable": "on"}, "inet6": {"enable": "off"}}'

	make y_set 1 "$spec_on"
	make y_ctl 0
	ynl_ok links dump getlink '{}'
	tells "made" 1,on,off,auto y_set
	ynl_ok set "do" setlink '{"ifname": "y_set", "af-spec":
		{"inet": {"enable": "off"}, "mpls": {"enable": "on"}}}'
	ynl_ok links dump getlink '{}'
	tells "set" 1,off,off,on y_set
	ynl "do" setlink "{\"ifname\": \"y_ctl\", \"af-spec\": $spec_on}"
	expect "control" "*lightweight*" "${answer,,}"
	ynl_ok links dump getlink '{}'
	tells "control" 0,-,-,- y_ctl
}

lwd_start jq python3
find_client
python3 -c "import yaml" 2> /dev/null ||
	lwd_skip_all "python3-yaml is not installed"
lwd_netns ns
lwd_test "LABEL-5" label
lwd_test "LABEL-5 ENABLE-3 ENABLE-7" switches
lwd_end
