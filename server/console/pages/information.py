"""Help, and the page that shows the whole look."""

from __future__ import annotations

import re

from flask import render_template

from gate.reasons import Verdict
from server.console.blueprint import console
from server.console.centre import words
from templates import assets
from templates.judgements import verdict_text

_COLOURS = (
    "paper", "sheet", "ink", "ink-quiet", "line", "edge", "accent", "accent-strong", "accent-wash",
    "grant", "desk", "refuse", "grant-ink", "desk-ink", "refuse-ink", "grant-wash", "desk-wash",
    "refuse-wash",
)  # fmt: skip


@console.get("/help")
def help_page() -> str:
    """How to work with scanner and keyboard."""
    return render_template("console/help.html")


@console.get("/design")
def design() -> str:
    """Tokens, pictograms, states and controls, all of them on one page."""
    sprite = assets.static_files()["icons.svg"].read_text(encoding="utf-8")
    return render_template(
        "console/design.html",
        colours=_COLOURS,
        signs=re.findall(r'<symbol id="([\w-]+)"', sprite),
        verdicts={verdict: verdict_text(words(), verdict, "staff", "exit") for verdict in Verdict},
    )
