"""Two hundred templates that want out of the sandbox, or all of its time and memory, as data and a generator."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Hostile:
    """One of them; `refused`: nothing may come of it but our own template. The others may also do no harm."""

    name: str
    text: str
    refused: bool


_BASES = {
    "text": "''",
    "title": "title",
    "list": "timeline",
    "dict": "provider",
    "tuple": "(1, 2)",
    "number": "7",
    "none": "none",
    "range": "range",
    "self": "self",
    "item": "timeline[0]",
}
_WAYS = {  # {0} is the base
    "dot": "{{{{ {0}.__class__.__mro__[1].__subclasses__() }}}}",
    "subscript": "{{{{ {0}['__class__']['__base__'] }}}}",
    "attr": "{{{{ {0}|attr('__class__')|attr('__mro__') }}}}",
    "hexadecimal": "{{{{ {0}['\\x5f\\x5fclass\\x5f\\x5f'] }}}}",
    "glued": "{{{{ {0}['__cla' ~ 'ss__'].mro() }}}}",
    "set": "{{% set a = '__' ~ 'class' ~ '__' %}}{{{{ {0}[a][a] }}}}",
    "call": "{{{{ {0}.__init__.__globals__['os'].popen('id').read() }}}}",
    "reduce": "{{{{ {0}.__reduce_ex__(2)[0].__globals__ }}}}",
    "getattribute": "{{{{ {0}.__getattribute__('__class__') }}}}",
    "dir": "{{{{ {0}.__dir__() }}}}",
    "filter": "{{{{ [{0}]|map(attribute='__class__.__name__')|map('upper')|join }}}}",
    "sort": "{{{{ [{0}, {0}]|sort(attribute='__class__')|first|upper|int('x') }}}}",
}
_NAMES = (
    *("cycler.__init__.__globals__.os.popen('id').read()", "joiner.__init__.__globals__", "lipsum.__globals__['os']"),
    *("namespace.__init__.__globals__", "dict(a=1)", "cycler('a').next()", "lipsum(9999)", "namespace(a=1).a"),
    *("config", "request.application.__globals__", "get_flashed_messages.__globals__", "url_for.__globals__"),
    *("self._TemplateReference__context", "self.__init__.__globals__", "environment", "_", "gettext('a')"),
    *("__import__('os').environ", "open('/etc/passwd').read()", "eval('1')", "exec('1')", "globals()", "vars()"),
    *(
        "context.environment",
        "resolve('range')",
        "loop",
        "caller()",
        "super()",
        "varargs",
        "undefined(1)",
        "range.fget",
    ),
    *("(range(3)|list).append(4)", "provider.update({'a': 1})", "provider.pop('asked')", "timeline.clear()"),
    *("title.format(title)", "'{0.__class__}'.format(title)", "'{a}'.format_map(provider)", "title.encode()"),
    *("'%s' % title", "'%(a)s' % {'a': title}", "'%99999999d' % 1", "('%' ~ '999999999d') % 1", "title.join"),
    *("title|format(1)", "'%s'|format(title)", "title|center(999999999)", "title|indent(999999999)"),
    *("title|wordwrap(1)", "title|xmlattr", "title|tojson", "timeline|groupby('who')", "timeline|pprint"),
    *("title|urlize", "title|escape", "title|safe", "title|striptags", "timeline|batch(2)", "timeline|random"),
    *("title is callable", "title is filter", "title is sameas title", "range|list", "range('9')", "range(1.5)"),
)
_STATEMENTS = (
    *("{% include '/etc/passwd' %}", "{% include 'postmortem.md.j2' %}", "{% include '../../pyproject.toml' %}"),
    *("{% extends '/etc/passwd' %}", "{% import '/etc/passwd' as a %}", "{% from 'os' import environ %}{{ environ }}"),
    *("{% include title ignore missing %}{{ nothing }}", "{% extends none %}", "{% set title.__class__ = 1 %}"),
    *("{% macro a() %}{% endmacro %}{{ a.__globals__ }}", "{% macro a() %}{% endmacro %}{{ a._func.__globals__ }}"),
    *("{% macro a() %}{{ caller.__init__ }}{% endmacro %}{% call a() %}{% endcall %}", "{% do timeline.clear() %}"),
    *("{% for a in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}", "{% for a in [1] %}{{ loop }}{% endfor %}"),
    *("{% for a in [1] %}{{ loop._iterator }}{% endfor %}", "{% for a in [1] %}{{ loop.cycle.__func__ }}{% endfor %}"),
    *("{% block a %}{{ self.a.__globals__ }}{% endblock %}", "{% block a %}{{ super.super() }}{% endblock %}"),
    *("{% autoescape true %}{{ title.__html__() }}{% endautoescape %}", "{% trans %}a{% endtrans %}", "{% debug %}"),
    *("{% with a = title.__class__ %}{{ a }}{% endwith %}", "{% filter attr('__class__') %}a{% endfilter %}"),
    *("{% set a = [] %}{% set _ = a.append(a) %}{{ a }}", "{% raw %}", "{% for a in b %}", "{{ '", "{#", "{% if %}"),
    *("{{ title.ー__class__ }}", "{{ title.__class__ }}", "{{ title['__cla\u200bss__'] }}", "{{ \u202etitle }}"),
)
_EATING = {
    "two loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "four loops": "{% for a in range(99) %}{% for b in range(99) %}{% for c in range(99) %}{% for d in range(99) %}"
    "{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    "long range": "{% for a in range(10**9) %}{% endfor %}",
    "range over all": "{% for a in range(99999999) %}{% endfor %}",
    "multiplied": "{{ 'a' * 10000000000 }}",
    "multiplied in steps": "{% set a = 'a' * 99999 %}{{ a ~ (a * 99999) }}",
    "list multiplied": "{{ [1] * 1000000000 }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "doubled": "{% set a = 'a' * 99999 %}" + "".join("{% set a = a ~ a %}" for _ in range(20)) + "{{ a }}",
    "doubled lists": "{% set a = [1] * 9999 %}" + "".join("{% set a = a + a %}" for _ in range(20)) + "{{ a }}",
    "replaced": "{% set a = 'a' * 9999 %}{{ a|replace('a', a)|replace('a', a) }}",
    "joined": "{% set a = 'a' * 99999 %}{{ range(9999)|join(a) }}",
    "macro calls itself": "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "macros call each other": "{% macro a(n) %}{{ b(n) }}{{ b(n) }}{% endmacro %}"
    "{% macro b(n) %}{% if n %}{{ a(n - 1) }}"
    "{{ a(n - 1) }}{% endif %}{% endmacro %}{{ a(60) }}",
    "recursive loop": "{% for a in [[[1]]] recursive %}{{ loop([[[1]]]) }}{% endfor %}",
    "parentheses": "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    "brackets": "{{ " + "[" * 20_000 + "]" * 20_000 + " }}",
    "nested statements": "{% if 1 %}" * 9_000 + "{% endif %}" * 9_000,
    "nested loops": "{% for a in [1] %}" * 150 + "{% endfor %}" * 150,
    "long sum": "{{ " + "1 + " * 40_000 + "1 }}",
    "many nots": "{{ " + "not " * 40_000 + "1 }}",
    "filters in a row": "{{ title" + "|upper" * 40_000 + " }}",
    "long output": "{% for a in range(9999) %}{{ 'a' * 9999 }}{% endfor %}",
    "slow escapes": "{% set a = '*' * 99999 %}{% for b in range(9999) %}{{ (a ~ a ~ a)|markdown|length }}{% endfor %}",
    "slow words": "{% set a = ' ' * 99999 %}{% for b in range(9999) %}{{ a|code }}{% endfor %}",
    "sorted": "{% for b in range(9999) %}{% set a = range(9999)|sort(reverse=true) %}{% endfor %}",
    "unique": "{% for b in range(9999) %}{{ range(9999)|unique|list|length }}{% endfor %}",
    "big numbers": "{% set a = 9999999999 %}" + "".join("{% set a = a * a %}" for _ in range(40)) + "{{ a }}",
    "comparison": "{% set a = 'a' * 99999 %}{% for b in range(9999) %}{{ (a ~ a ~ b) == (a ~ a ~ a) }}{% endfor %}",
    "contained": "{% set a = 'a' * 99999 %}{% for b in range(9999) %}{{ (a ~ 'b') in (a ~ a) }}{% endfor %}",
}


def _all() -> Iterator[Hostile]:
    for base, subject in _BASES.items():
        for way, text in _WAYS.items():
            yield Hostile(f"{way} of {base}", text.format(subject), refused=True)
    yield from (Hostile(f"name {name}", f"{{{{ {name} }}}}", refused=False) for name in _NAMES)
    yield from (Hostile(f"statement {text}", text, refused=False) for text in _STATEMENTS)
    yield from (Hostile(f"eating: {name}", text, refused=False) for name, text in _EATING.items())


ALL = tuple(_all())
