"""Prints a JSON object: small templates and what jinja2 makes of them (null where it fails)."""

import json

from render import render

CASES = r'''
{{ 1 + 2 * 3 - 4 / 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 2 ** 10 }}|{{ 2 ** -1 }}|{{ 1 / 3 }}|{{ 1e20 }}|{{ 1e-7 }}|{{ 1.0 }}|{{ 10000000000000000.0 }}|{{ 123456.789e3 }}
{{ "a" ~ 1 ~ none ~ true ~ 1.5 }}|{{ "ab" * 3 }}|{{ [1] * 2 + [3] }}|{{ (1, 2) + (3,) }}|{{ (1,) }}|{{ {} }}|{{ {"a": [1, "b'c", 'd"e', none]} }}
{{ "it's" }}|{{ ["it's", 'say "x"', "both ' and \"", "\n\t\\", "é\x00\u200b"] }}
{{ 'x' if false }}|{{ 'x' if false else 'y' }}|{{ 1 < 2 < 3 }}|{{ 1 < 2 > 3 }}|{{ 'a' in 'abc' }}|{{ 3 not in [1, 2] }}|{{ not true or true }}|{{ not (true and false) }}
{{ [1,2,3,4,5][1:3] }}|{{ [1,2,3,4,5][::-1] }}|{{ "hello"[-3:] }}|{{ "hello"[::-2] }}|{{ [1,2,3][-1] }}|{{ [1,2,3][5:] }}|{{ "你好🙂a"[2] }}|{{ "你好🙂a"[1:3] }}|{{ "你好🙂"|length }}|{{ [1,2,3][:-5] }}|{{ [1,2,3][10::-1] }}
{% for i in range(5) if i % 2 == 0 %}{{ loop.index }}/{{ loop.length }}:{{ i }}{{ "," if not loop.last }}{% endfor %}
{% for a, b in {"x": 1, "y": 2}.items() %}{{ a }}={{ b }};{{ loop.previtem }}{% else %}none{% endfor %}{% for i in [] %}{% else %}empty{% endfor %}
{% set ns = namespace(n=0) %}{% for i in [1,2,3] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}|{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}|{% if true %}{% set x = 3 %}{% endif %}{{ x }}
{% macro m(a, b=2, c=a) %}[{{ a }}{{ b }}{{ c }}{{ varargs }}{{ kwargs }}]{% endmacro %}{{ m(1) }}{{ m(1, c=5) }}{{ m(1, 2, 3, 4) }}{{ m(1, z=9) }}
{% macro m(a) %}<{{ caller(a) }}>{% endmacro %}{% call(x) m(3) %}got {{ x }}{% endcall %}
{% set x %}  a {{ 1 }} {% endset %}[{{ x }}]{% set y | trim | upper %}  b {% endset %}[{{ y }}]{% filter upper %}abc{{ "d" }}{% endfilter %}
{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}
{%- for i in range(10) -%} {%- if i == 3 %}{% continue %}{% endif -%} {%- if i == 5 %}{% break %}{% endif -%} {{ i }} {%- endfor -%}
a {#- comment -#} b {# c #}{% raw %}{{ x }} {% if %}{% endraw %} d
{{ [3,1,2]|sort }}|{{ ["b","A","c"]|sort }}|{{ ["b","A","c"]|sort(case_sensitive=true) }}|{{ [3,1,2]|sort(reverse=true)|join(",") }}|{{ {"b":1,"a":2}|dictsort }}|{{ {"b":1,"a":2}|dictsort(by="value") }}
{{ [{"a":1},{"a":2}]|map(attribute="a")|list }}|{{ ["a","b"]|map("upper")|join }}|{{ [1,2,3]|select("odd")|list }}|{{ [1,0,2]|select|list }}|{{ [{"a":1},{"b":2}]|selectattr("a","defined")|list }}|{{ [{"a":1},{"a":2}]|rejectattr("a","equalto",1)|list }}
{{ "  a b "|trim }}|{{ "xxaxx".strip("x") }}|{{ "a,b,c".split(",") }}|{{ " a  b ".split() }}|{{ "a,b,c".split(",", 1) }}|{{ "abc".replace("b", "x") }}|{{ "aXbX"|replace("X","-",1) }}|{{ "a\nb"|indent }}|{{ "a\n\nb"|indent(2, true) }}|{{ "a\nb"|indent(width=2, first=true, blank=true) }}
{{ "hello world"|title }}|{{ "hello wORLD".title() }}|{{ "hELLO"|capitalize }}|{{ "abc".startswith("a") }}|{{ "abc".endswith(("x","c")) }}|{{ "straße"|upper }}|{{ "%s is %d or %.2f%%"|format("x", 3, 1.005) }}|{{ "%5s|%-5s|%05d|%x" % ("a","b",42,255) }}
{{ {"a": 1, "b": [1.0, true, none, "é\n<&>"]}|tojson }}|{{ [1,{"x":{}}]|tojson(indent=2) }}|{{ {"b":1,"a":"é"}|tojson(ensure_ascii=true, sort_keys=true) }}|{{ {"a":[1,2]}|tojson(separators=(",",":")) }}|{{ []|tojson(indent=4) }}
{{ undefinedthing }}|{{ undefinedthing|default("d") }}|{{ ""|default("d") }}|{{ ""|default("d", true) }}|{{ undefinedthing is defined }}|{{ {}.a is defined }}|{{ {"a": none}.a is none }}
{{ 1 is number }}{{ 1.0 is integer }}{{ "a" is string }}{{ {} is mapping }}{{ [] is sequence }}{{ "a" is iterable }}{{ 4 is divisibleby 2 }}{{ 3 is odd }}{{ 1 is eq 1 }}{{ none is none }}{{ true is boolean }}{{ 1 is true }}{{ x is not defined }}{{ 2 is in [1,2] }}{{ 1 is sameas true }}
{{ "a" + 1 }}
{{ nothing.a }}
{{ none.a }}
{{ "x".foo }}|{{ {"items": 5}.items is callable }}|{{ {"items": 5}["items"] }}
{{ "abc"|first }}|{{ [1,2]|last }}|{{ []|first }}|{{ [1,2,3]|sum }}|{{ [1,2]|max }}|{{ ["b","a"]|min }}|{{ [1,1,2]|unique|list }}|{{ "abc"|reverse }}|{{ [1,2]|reverse|list }}|{{ "3.7"|int }}|{{ "x"|int(5) }}|{{ "2.5"|float }}|{{ 2.5|round }}|{{ 3.14159|round(2) }}|{{ -3|abs }}
{% for k, v in {"b": 2}|items %}{{ k }}{{ v }}{% endfor %}{% for c in "héy" %}{{ c }}.{% endfor %}{% for k in {"x":1} %}{{ k }}{% endfor %}
{{ "a|safe <b>"|safe }}{{ "<"|safe + ">" }}{{ "<&'\""|e }}{{ ("<"|e) ~ ">" }}
{% for i in [1,[2,[3]]] recursive %}{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}{{ loop.depth }}{% endif %}{% endfor %}
{{ [[1,2],[3,4]]|map("sum")|list }}|{{ range(3)|list }}|{{ range(1, 10, 3)|list }}|{{ range(3, 0, -1)|list }}|{{ dict(a=1) }}|{{ "a" "b" }}|{{ 'a\x41\u00e9' }}|{{ "\q" }}
{{ [1,2,3,4,5]|batch(2)|list }}|{{ [{"a":1,"b":2},{"a":1,"b":3},{"a":0,"b":4}]|groupby("a")|list }}|{{ "a b c"|wordcount }}|{{ "foo bar baz qux"|truncate(9) }}|{{ "abc"|center(9) }}
{{ true and 5 }}|{{ 0 or "x" }}|{{ none == false }}|{{ 1 == 1.0 }}|{{ 1 == true }}|{{ "a" < "b" }}|{{ [1,2] < [1,3] }}|{{ 'Z' < 'a' }}|{{ -1|abs }}|{{ -(1)|abs }}|{{ +3 }}|{{ 5 - -3 }}
{{ "%s" % "x" }}|{{ "a".join(["b","c"]) }}|{{ "abc".find("c") }}|{{ "abc".upper() }}|{{ "a-b_c".split("-")[0] }}|{{ "x".center(5, "*") }}|{{ "7".zfill(3) }}|{{ "a{}b{}".format(1, "z") }}|{{ "abc".partition("b") }}|{{ "a b".rsplit(" ", 1) }}|{{ "A1".isalnum() }}|{{ "ab\ncd\n".splitlines() }}
{{ strftime_now("%Y-%m-%d %H:%M:%S %d %b %B %a %A %j %p %I %y %-d %e") }}
{{ 5.0 // 2 }}|{{ 5.5 % 2 }}|{{ 1e3 }}|{{ 100000000000000000000.5 }}|{{ 0.1 + 0.2 }}|{{ 1e16 }}|{{ 0.0001 }}|{{ 0.00001 }}|{{ 3 * 1.0 }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (c, d) = [3, 4] %}{{ c }}{{ d }}{% for (x, y) in [(1,2)] %}{{ x }}{{ y }}{% endfor %}
{{ {"a": {"b": [10, 20]}}.a.b[1] }}|{{ {"a": {"b": [10, 20]}}["a"]["b"].0 }}|{{ "abc".0 }}
{{ loop is defined }}{{ [1,2] is lt [1,3] }}{{ "x" is upper }}{{ "X" is upper }}{{ 1 is not none and 2 is number }}{{ "a" is in "abc" }}
{% generation %}gen {{ 1 }}{% endgeneration %}
{% macro outer() %}{{ late }}{% endmacro %}{% set late = "seen" %}{{ outer() }}
{% macro rec(n) %}{{ n }}{% if n > 0 %}{{ rec(n - 1) }}{% endif %}{% endmacro %}{{ rec(5) }}
{{ "a,b"|list }}|{{ {"a":1}|list }}|{{ (1,2)|list }}|{{ [1,[2]]|string }}|{{ 5|string + "x" }}
{{ '%.3f' | format(2.0005) }}|{{ 0.1|round(3) }}|{{ 7|round(1, "floor") }}|{{ 12345.678|round(-2) }}
{{ [none, 1]|tojson }}|{{ {1: 2, none: 4, 1.5: 5}|tojson }}|{{ "\u2028\x7f"|tojson }}|{{ 1e100|tojson }}|{{ 1.0|tojson }}
'''

MULTI = "{% if true %}\n  x\n  {%- if false %} y {% endif %}\n    {% if true +%}\n z\n    {%+ endif %}\n{% endif %}\n"
cases = CASES.strip("\n").split("\n") + [
    MULTI,
    "a\n  {% if true %}\nb\n  {% endif %}\nc\n",
    "  {{ 1 }}\n  {# c #}\n  x",
    "x {%- if true -%}\n\n y \n{%- endif %}  \n",
    "\n\n{% set x = 1 %}\n\n{{ x }}\n\n",
    "{% for i in [1,2] %}\n  {{ i }}\n{% endfor %}\n",
    "a\t {% if 1 %}b{% endif %}\r\nc\r\n",
    "{#- x -#}\n  a",
    "{%- set x = 1 -%}\n{{- x -}}\n z",
    "  {%- if 1 %}q{%- endif -%}  \n w",
    "{{ 'a' }}\n{% if 1 %}\nb\n{%- endif %}\nc",
    "a  {%+ if 1 %}b{% endif +%}\nc",
]
print(json.dumps({"cases": [[c, render(c, {})] for c in cases]}, ensure_ascii=False, indent=0))
