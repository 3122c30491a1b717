# SPDX-License-Identifier: GPL-2.0
# Which objects kbuild makes in a folder of a kernel, with a configuration:
#
#   make -s -f objects.mk srctree=TREE objtree=OUT obj=net/ipv6
#
# When it is told one object, kbuild compiles it whether it belongs there or not.

.DEFAULT_GOAL := list
src := $(srctree)/$(obj)
include $(objtree)/include/config/auto.conf
include $(firstword $(wildcard $(src)/Kbuild $(src)/Makefile))

made := $(obj-y) $(obj-m) $(lib-y) $(lib-m)
made += $(foreach o,$(made:.o=),$($(o)-objs) $($(o)-y) $($(o)-m))

.PHONY: list
list:
	$(foreach o,$(filter %.o,$(sort $(made))),$(info $(obj)/$(o)))@:
