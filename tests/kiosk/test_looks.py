"""Every screen in a real browser, in its sizes and languages: nothing clipped, all within reach.

Failing screens leave a picture; `--pictures FOLDER` keeps one of every state that is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.kiosk.gallery import GALLERY
from tests.kiosk.showing import EASES, PX_PER_MM, SIZES, Kiosk, open_page
from tests.support.axe import SEVEN_TO_ONE, violations


@pytest.fixture(scope="module", params=SIZES)
def sized(
    browser: Browser, calm: Kiosk, request: pytest.FixtureRequest
) -> Iterator[tuple[Page, str]]:
    """The page on a screen of each size; nothing moves while it is measured."""
    width, height = SIZES[request.param]
    with browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    ) as context:
        yield open_page(context.new_page(), calm), request.param


# Words wider than their place or hidden without a way to scroll to them; controls that reach out of
# the screen, over one another, are too small or too near; letters that are too small.
LOOK = """({ millimetre, capitals }) => {
  const seen = (one) => one.offsetParent !== null && getComputedStyle(one).clipPath === 'none';
  const name = (one) => one.id || one.dataset.key || one.className.toString();
  const found = [];
  const shown = [...document.querySelectorAll(
    '.press, .tile, .event, .key, input, h1, .lead, .number, .name')]
    .filter((one) => seen(one) && !one.closest('[hidden]'));
  const boxes = new Map(shown.map((one) => [one, one.getBoundingClientRect()]));
  const controls = shown.filter((one) => one.matches('button'));
  controls.forEach((one, index) => {
    const a = boxes.get(one);
    // All keys at once are smaller: somebody asked for them.
    if (one.closest('.is-whole')) return;
    if (Math.min(a.width, a.height) < 20 * millimetre - 1) {
      found.push(`${name(one)}: ${Math.round(a.width)} x ${Math.round(a.height)} is too small`);
    }
    for (const other of controls.slice(index + 1)) {
      if (one.closest('.scroller') !== other.closest('.scroller')) continue;
      const b = boxes.get(other);
      const aside = Math.max(a.left, b.left) - Math.min(a.right, b.right);
      const below = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
      const gap = Math.max(aside, below);
      if (gap < -1) found.push(`${name(one)} over ${name(other)}`);
      else if (gap < 3 * millimetre - 1) {
        found.push(`${name(one)} ${Math.round(gap)} from ${name(other)}`);
      }
    }
  });
  for (const one of shown) {
    const box = boxes.get(one);
    const wide = one.scrollWidth > one.clientWidth + 1 && one.clientWidth;
    if (wide && !one.matches('input')) found.push(`${name(one)}: wide`);
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`${name(one)}: beyond the side`);
    if (!one.closest('.scroller') && (box.bottom > innerHeight + 1 || box.top < -1)) {
      found.push(`${name(one)}: beyond the edge`);
    }
  }
  for (const one of document.querySelectorAll('.screen:not(.is-form) .scroller')) {
    const tools = one.parentElement.querySelector('.scroll-tools');
    if (seen(one) && one.scrollHeight > one.clientHeight + 1 && tools.hidden) {
      found.push(`${name(one)}: longer than its place`);
    }
    if (seen(one) && one.scrollWidth > one.clientWidth + 1) found.push(`${name(one)}: too wide`);
  }
  for (const one of document.querySelectorAll('#screen *')) {
    const writes = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!writes || !seen(one) || one.closest('.unseen')) continue;
    const high = parseFloat(getComputedStyle(one).fontSize) * capitals / millimetre;
    if (high < 7.25) found.push(`${name(one)}: capitals of ${high.toFixed(1)} mm`);
  }
  return found;
}"""
CAPITAL = 0.72
"""Height of Manrope's capitals in its size."""


@pytest.mark.parametrize(
    "language, eased",
    [("uk", "usual"), ("uk", "large"), ("uk", "all"), ("en", "usual"), ("en", "all")],
)
def test_nothing_is_clipped_small_or_close_on_any_screen(
    sized: tuple[Page, str],
    kiosk: Kiosk,
    language: str,
    eased: str,
    pictures: Path | None,
    tmp_path: Path,
) -> None:
    page, size = sized
    misfits = {}
    for name, screen in GALLERY.items():
        kiosk.show(page, screen, language, EASES[eased])
        found = page.evaluate(LOOK, {"millimetre": PX_PER_MM[size], "capitals": CAPITAL})
        if found:
            misfits[f"{name} on {size}"] = found
        if found or pictures:
            file = f"{name}-{size}-{language}-{eased}.png"
            page.screenshot(path=(pictures or tmp_path) / file)
    assert misfits == {}, f"pictures in {pictures or tmp_path}"


@pytest.mark.parametrize("language, eased", [("uk", "usual"), ("en", "contrast"), ("en", "large")])
def test_axe_finds_nothing_and_contrast_is_seven_to_one(
    shown: Page, kiosk: Kiosk, language: str, eased: str
) -> None:
    shown.set_viewport_size({"width": 1024, "height": 600})
    shown.emulate_media(reduced_motion="reduce")
    found = {}
    for name, screen in GALLERY.items():
        kiosk.show(shown, screen, language, EASES[eased])
        if broken := violations(shown, SEVEN_TO_ONE):
            found[name] = broken
    assert found == {}
