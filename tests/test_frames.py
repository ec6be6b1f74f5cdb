"""The slider's HTML; tests/site drives it in a browser."""

import html
import json
import re

import matplotlib
import matplotlib.pyplot as plt
import pytest
from IPython.display import HTML
from jupyter_client.manager import start_new_kernel

from course_utils import frames

matplotlib.use("agg")

EXPLORE = """
import matplotlib.pyplot as plt
from course_utils import frames
frames.explore(lambda w: (plt.figure(), f"w is {w}"), w=(0.0, 1.0))
"""


def draw(value):
    """Draw one dot and describe it."""
    figure, ax = plt.subplots(figsize=(4, 2))
    ax.plot(value, 0, "o")
    return figure, f'a dot at {value}, "far" from <zero>'


def make(**changes):
    return frames.slider(draw, [0.5, 1.0, 2.0], **{"label": "w", "caption": "A dot.", "start": 1} | changes)


def test_the_same_bytes_each_time():
    assert isinstance(make(), HTML)
    assert make().data == make().data


def test_each_frame_has_its_own_picture_and_alternative_text():
    stored = re.search('data-frames="([^"]*)"', make().data)[1]
    pictures, alts, texts = zip(*json.loads(html.unescape(stored)), strict=True)
    assert len(set(pictures)) == 3
    assert alts == tuple(f'a dot at {value}, "far" from <zero>' for value in (0.5, 1.0, 2.0))
    assert texts == ("w = 0.5", "w = 1.0", "w = 2.0")


def test_starts_with_the_frame_asked_for():
    assert 'alt="a dot at 1.0, &quot;far&quot;' in make().data
    assert 'alt="a dot at 2.0, &quot;far&quot;' in make(start=2).data
    assert 'value="2"' in make(start=2).data


def test_asks_nobody_for_anything_and_has_no_script_element():
    text = make().data
    assert "<script" not in text and "http" not in text
    assert text.count(" id=") == 0 and 'id="fig-dot"' in make(name="fig-dot").data


def test_closes_its_figures():
    before = plt.get_fignums()
    make()
    assert plt.get_fignums() == before


@pytest.mark.parametrize(("values", "start"), [([], 0), ([1.0], 0), ([1.0, 2.0], 2), ([1.0, 2.0], -1)])
def test_what_cannot_be_a_slider_is_refused(values, start):
    with pytest.raises(ValueError, match="two values or more"):
        frames.slider(draw, values, label="w", caption="", start=start)


@pytest.mark.parametrize("somebody", [True, False])
def test_a_live_control_is_shown_only_to_somebody(somebody):
    manager, client = start_new_kernel()
    data = []
    try:
        reply = client.execute_interactive(
            EXPLORE,
            allow_stdin=somebody,
            timeout=60,
            output_hook=lambda message: data.append(message["content"].get("data", {})),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok"
    assert any("application/vnd.jupyter.widget-view+json" in item for item in data) == somebody
