"""Renders chat templates with Python's jinja2 as transformers' apply_chat_template does, and prints
one JSON document: template -> scenario -> the first 16 digits of the text's SHA-256 (with --texts the
text itself), or null where the template fails. The argument names the folder of templates. Made with
jinja2 3.1.6; the date is 2026-11-25 in every output."""

import datetime
import hashlib
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

from scenarios import SCENARIOS

NOW = datetime.datetime(2026, 11, 25, 13, 5, 9)


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.Scope(body, lineno=line)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def environment():
    env = jinja2.sandbox.SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda format: NOW.strftime(format)
    return env


def render(source, variables):
    try:
        copy = json.loads(json.dumps(variables))  # templates may change what they are given
        return environment().from_string(source).render(documents=None, **copy)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return None


def main():
    if sys.argv[1] == "--scenarios":
        print(json.dumps(SCENARIOS, ensure_ascii=False, indent=1))
        return
    all = {}
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.jinja")):
        source = file.read_text(encoding="utf-8")
        texts = {name: render(source, v) for name, v in SCENARIOS.items()}
        if "--texts" not in sys.argv:
            digest = lambda text: hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
            texts = {name: None if text is None else digest(text) for name, text in texts.items()}
        all[file.name] = texts
    print(json.dumps(all, ensure_ascii=False, indent=0))


if __name__ == "__main__":
    main()
