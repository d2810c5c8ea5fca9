"""What a scan came to is heard: whoever scans looks at the books."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.server.console.library import Library
from tests.support.wedge import scan

LISTEN = """
window.AudioContext = class {
  state = "running"; currentTime = 0; destination = {};
  createOscillator() {
    const node = { frequency: {}, connect: (next) => next, stop() {},
                   start() { window.heard = [...(window.heard ?? []), node.frequency.value]; } };
    return node;
  }
  createGain() {
    return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} },
             connect: (next) => next };
  }
};
"""


def hears(page: Page, notes: list[int]) -> None:
    page.wait_for_function("count => (window.heard ?? []).length >= count", arg=len(notes))
    assert page.evaluate("window.heard.splice(0)") == notes


def test_a_librarian_hears_what_is_issued_and_what_is_not(console: Page, library: Library) -> None:
    page = console
    page.add_init_script(LISTEN)
    page.goto(page.url.replace("/inside", "/desk"))
    page.click('button[value="2"]')
    expect(page.locator("h1")).to_have_text("Універсальна читальна зала")
    scan(page, library.slip)
    hears(page, [880])
    scan(page, "482000000")
    hears(page, [660, 880])
    scan(page, "4899999999999")
    hears(page, [520, 390])
    scan(page, "482000000")
    hears(page, [660, 880])
    page.keyboard.press("Alt+Shift+Digit1")
    expect(page.locator(".act-last")).to_contain_text("Скасовано")
    assert page.evaluate("window.heard") == [], "what was pressed is looked at anyway"


def test_the_sound_can_be_switched_off(console: Page, library: Library) -> None:
    page = console
    page.add_init_script(LISTEN)
    page.goto(page.url.replace("/inside", "/help"))
    page.uncheck("[data-sound-switch]")
    page.reload()
    expect(page.locator("[data-sound-switch]")).not_to_be_checked()
    page.goto(page.url.replace("/help", "/desk"))
    page.click('button[value="2"]')
    scan(page, library.slip)
    expect(page.locator(".act-last")).to_be_visible()
    assert page.evaluate("window.heard") is None
