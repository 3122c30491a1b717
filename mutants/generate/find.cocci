// SPDX-License-Identifier: GPL-2.0
// Where a file can be broken: tools/tree/mutate decides which of these it breaks.
// Options: --no-includes

@initialize:python@
@@
def found(kind, position):
    at = position[0]
    print('FOUND', kind, at.line, at.column, at.line_end, at.column_end)

@condition@
expression E;
statement S1, S2;
position p;
@@
(
 if (E@p) S1 else S2
|
 if (E@p) S1
)

@script:python@
p << condition.p;
@@
found('condition', p)

@both@
expression E1, E2;
position p1, p2;
@@
 E1@p1 && E2@p2

@script:python@
p1 << both.p1;
p2 << both.p2;
@@
found('both', p1)
found('both', p2)

@either@
expression E1, E2;
position p1, p2;
@@
 E1@p1 || E2@p2

@script:python@
p1 << either.p1;
p2 << either.p2;
@@
found('either', p1)
found('either', p2)

@simple@
expression E;
position p;
@@
 E@p;

@script:python@
p << simple.p;
@@
found('statement', p)

@result@
expression E;
position p;
@@
 return E@p;

@script:python@
p << result.p;
@@
found('result', p)

@bound@
expression E;
constant C;
position p;
binary operator op = {<, <=, >, >=};
@@
 E op C@p

@script:python@
p << bound.p;
@@
found('bound', p)
