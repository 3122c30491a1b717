# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every part of a run takes, from run_tests.sh: what is tested, where the
# results go. --check only looks at the arguments. Sourced after common.sh.

# shellcheck disable=SC2034
part_options=(base= tree= uml= out= series+ config+ jobs# keep_going check)
# shellcheck disable=SC2034
base='' tree='' uml='' out='' series=() config=() jobs='' keep_going='' check=''
