# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The engine "user-mode Linux": a kernel that is a program. Sourced by what
# boots one, after common.sh.
#
# shellcheck disable=SC2154

# uml_args CPUS FOLDER: words for the kernel's command line, into args=();
# FOLDER is for UML's own files. CPUS is 1 or 2, or "seccomp" for one CPU on a
# machine whose seccomp works: that is faster than ptrace.
uml_args()
{
	args=("uml_dir=$2/" umid=uml oops=panic)
	[[ $1 = 1 ]] || args+=(seccomp=on)
	[[ $1 != 2 ]] || args+=(ncpus=2)
}

# uml_cpus KERNEL: how many CPUs a guest can have. Two need a seccomp that can do
# it, which is found out by a boot, and again when anything that the answer
# depends on is another: this boot of the machine, the kernel, these files.
uml_cpus()
{
	local key answer='' out cpus file=$build/engine

	key=$({
		uname -r
		cat /proc/sys/kernel/random/boot_id
		stat -Lc '%n %s %y' "$1"
		cat "$tools"/engine/*
	} | sha256sum | cut -d ' ' -f 1)
	if [[ -s $file && $(head -n 1 "$file") = "$key" ]]; then
		tail -n 1 "$file"
		return
	fi
	out=$(mktemp -d "$build/probe.XXXXXX") || return "$exit_env"
	for cpus in 2 1; do
		"$tools/engine/boot" --kernel "$1" --out "$out" --name probe \
			--cpus "$cpus" --timeout $((cpus == 2 ? 30 : 180)) \
			--run true 2>"$out/said" || continue
		answer=$cpus
		break
	done
	[[ $answer ]] || cat "$out/said" >&2
	rm -rf "$out"
	[[ $answer ]] || return "$exit_died"
	printf '%s\n' "$key" "$answer" >"$file.$$" && mv "$file.$$" "$file"
	echo "$answer"
}

# uml_memory SIZE SCRATCH: UML keeps its memory in an unlinked file that it
# executes from: in /dev/shm if there is room and the mount allows it, else on
# disk
uml_memory()
{
	local want have

	want=$(numfmt --from=iec "$1" 2>/dev/null) ||
		die "$exit_usage" "$me: '$1' is not a size like 2G"
	have=$(df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
	if ((${have:-0} > want >> 20)) &&
		! findmnt -nro OPTIONS -T /dev/shm | grep -qw noexec; then
		unset TMPDIR TMP TEMP
	else
		export TMPDIR=$2
	fi
}
