"""Every screen in a real browser, in its sizes and languages: nothing clipped, all within reach.

Failing screens leave a picture; `--pictures FOLDER` keeps one of every state that is looked at.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from hardware.abilities import HintCode
from tests.kiosk.gallery import GALLERY
from tests.kiosk.showing import EASES, PX_PER_MM, Kiosk
from tests.support.axe import SEVEN_TO_ONE, violations

# Words wider than their place or hidden without a way to scroll to them; controls that reach out of
# the screen, over one another, are too small or too near; letters that are too small.
LOOK = r"""({ millimetre, capitals }) => {
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
  // Within a word no line ends, but after a hyphen and in an address of the net.
  const screen = document.getElementById('screen');
  const writing = document.createTreeWalker(screen, NodeFilter.SHOW_TEXT);
  for (let node; (node = writing.nextNode());) {
    const one = node.parentElement;
    if (!seen(one) || one.closest('.unseen, [hidden]')) continue;
    if (/\S[.@]\p{L}/u.test(node.data)) continue;
    const high = parseFloat(getComputedStyle(one).fontSize);
    for (const word of node.data.matchAll(/(?<![\u00AD\p{L}])[\p{L}\p{N}’']+/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const tops = [...range.getClientRects()].map((box) => box.top);
      if (Math.max(...tops) - Math.min(...tops) > high / 2) found.push(`${word[0]}: broken`);
    }
  }
  return found;
}"""
WORDS = """() => [...document.querySelectorAll('.screen, .scroller')].map((one) =>
  [one.className, {...one.dataset}, one.clientWidth, one.clientHeight, one.scrollHeight])"""
STILL = """() => Promise.all(document.getAnimations({ subtree: true })
  .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
  .map((one) => one.finished)).then(() => new Promise(requestAnimationFrame))"""
"""Ends when what comes in has come in and was drawn."""
CAPITAL = 0.72
"""Height of Manrope's capitals in its size."""


@pytest.mark.parametrize(
    "language, eased",
    [
        ("uk", "all"), ("en", "usual"),
        *(pytest.param(*look, marks=pytest.mark.thorough)
          for look in (("uk", "usual"), ("uk", "large"), ("en", "all"))),
    ],
)  # fmt: skip
def test_nothing_is_clipped_small_or_close_on_any_screen(
    sized: tuple[Page, str],
    kiosk: Kiosk,
    language: str,
    eased: str,
    pictures: Path | None,
    tmp_path: Path,
) -> None:
    found = misfits(*sized, kiosk, language, eased, pictures or tmp_path, all_kept=bool(pictures))
    assert found == {}, f"pictures in {pictures or tmp_path}"


@pytest.mark.thorough
def test_nor_on_a_screen_of_more_dots(
    finer: tuple[Page, str], kiosk: Kiosk, pictures: Path | None, tmp_path: Path
) -> None:
    """As everything at once makes it: what is large and bold leaves the least room."""
    found = misfits(*finer, kiosk, "uk", "all", pictures or tmp_path, all_kept=bool(pictures))
    assert found == {}, f"pictures in {pictures or tmp_path}"


def test_words_for_the_ear_alone_make_no_letters_smaller(
    sized: tuple[Page, str], kiosk: Kiosk
) -> None:
    """What is heard and not seen is not measured: the smallest letters are a last resort."""
    page, size = sized
    for name in ("enrol-needs", "greeting"):
        kiosk.show(page, GALLERY[name])
        tight = page.evaluate("document.querySelector('.screen').hasAttribute('data-tight')")
        assert not tight, f"{name} in {size}"


def test_every_list_of_an_enrolment_stands_below_its_question(
    sized: tuple[Page, str], kiosk: Kiosk
) -> None:
    page, size = sized
    asked = [one for name, one in GALLERY.items() if name.startswith("enrol")]
    for screen in asked:
        kiosk.show(page, screen)
        if page.locator(".is-list").count():
            heading = page.locator("h1").bounding_box()
            clip = page.evaluate("getComputedStyle(document.querySelector('.words')).clipPath")
            assert heading, screen
            assert heading["height"] > 7 * PX_PER_MM[size], screen
            assert clip == "none", screen


@pytest.mark.parametrize("eased", ["usual", "all"])
def test_a_hint_fits_wherever_a_code_is_asked_for(
    sized: tuple[Page, str], kiosk: Kiosk, eased: str
) -> None:
    page, size = sized
    asking = {name: screen for name, screen in GALLERY.items() if screen.awaits_code}
    wrong = {}
    for name, screen in asking.items():
        kiosk.stage.hint(HintCode.MIRRORED)
        kiosk.show(page, screen, "uk", EASES[eased])
        if found := page.evaluate(LOOK, {"millimetre": PX_PER_MM[size], "capitals": CAPITAL}):
            wrong[name] = found
    assert wrong == {}


def misfits(
    page: Page,
    size: str,
    kiosk: Kiosk,
    language: str,
    eased: str,
    pictures: Path,
    *,
    all_kept: bool,
) -> dict[str, list[str]]:
    """What is wrong with each screen on one of a size."""
    wrong = {}
    for name, screen in GALLERY.items():
        kiosk.show(page, screen, language, EASES[eased])
        found = page.evaluate(LOOK, {"millimetre": PX_PER_MM[size], "capitals": CAPITAL})
        if found:
            wrong[f"{name} on {size}"] = found
        if found or all_kept:
            page.screenshot(path=pictures / f"{name}-{size}-{language}-{eased}.png")
    return wrong


@pytest.mark.parametrize(
    "language, eased",
    [
        ("uk", "usual"), ("en", "contrast"),
        pytest.param("en", "large", marks=pytest.mark.thorough),
    ],
)  # fmt: skip
def test_axe_finds_nothing_and_contrast_is_seven_to_one(
    shown: Page, kiosk: Kiosk, language: str, eased: str
) -> None:
    shown.set_viewport_size({"width": 1024, "height": 600})
    shown.emulate_media(reduced_motion="reduce")
    found = {}
    for name, screen in GALLERY.items():
        kiosk.show(shown, screen, language, EASES[eased])
        shown.evaluate(STILL)
        if broken := violations(shown, SEVEN_TO_ONE):
            found[name] = [*broken, ("its words", str(shown.evaluate(WORDS)))]
    assert found == {}
