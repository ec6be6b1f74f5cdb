"""A slider over pictures drawn beforehand, which needs no kernel, no network and no script file."""

import base64
import html
import io
import json

import matplotlib.pyplot as plt
from IPython.display import HTML, display
from PIL import Image

from course_utils.training import watched

COLOURS = 24  # of a frame's palette: line drawings look the same and weigh a third

# Handlers stand in the elements: a front end may drop script elements, and ids would have to be unique.
# The controls appear once the picture has loaded, that is, only where handlers run at all.
# autocomplete="off" keeps a browser from putting the thumb, not the picture, where it was after Back or a reload.
# data-lm-suppress-shortcuts leaves a key to the element that has the focus in JupyterLab.
BUTTON = """<button type="button" aria-label="{way} frame" onclick="{step}" data-lm-suppress-shortcuts="true"
 style="min-width:2.75em;min-height:2.75em">{arrow}</button>"""
TEMPLATE = """<figure class="frames"{name} style="margin:1em 0" data-frames="{frames}">
<img src="{src}" alt="{alt}" style="max-width:100%;height:auto"
 onload="this.nextElementSibling.style.display='flex'">
<div style="display:none;flex-wrap:wrap;align-items:center;gap:.5em;max-width:{width}px">
{back}
<input type="range" min="0" max="{last}" value="{start}" autocomplete="off" aria-label="{label}" aria-valuetext="{text}"
 style="flex:1 1 10em" data-lm-suppress-shortcuts="true" oninput="{move}">
{forth}
<output style="min-width:7em">{text}</output>
</div>
<figcaption style="color:inherit"><p><span class="caption-text" style="color:inherit">{caption}</span></p></figcaption>
</figure>"""
MOVE = (
    "var f=this.closest('figure'),d=JSON.parse(f.dataset.frames)[this.value],i=f.querySelector('img');"
    "i.src='data:image/png;base64,'+d[0];i.alt=d[1];this.setAttribute('aria-valuetext',d[2]);"
    "f.querySelector('output').textContent=d[2]"
)
STEP = "var r=this.parentNode.querySelector('input');r.step{way}();r.dispatchEvent(new Event('input'))"


def slider(draw, values, *, label, caption, start=0, name=None):
    """Draw a figure for each value and return them behind one slider.

    Parameters
    ----------
    draw : callable
        ``draw(value)`` returns a `matplotlib.figure.Figure`, of the same size each time, and
        one sentence that says what it shows, the frame's alternative text. The figure is closed.
    values : sequence
        At least two.
    label : str
        What the slider changes, for instance ``"w"``. A frame's text is label = value.
    caption : str
        What stands below the figure.
    start : int
        Position in `values` of the frame that is shown first, and alone where nothing can be moved.
    name : str, optional
        The figure's id, as a target for links.

    Returns
    -------
    IPython.display.HTML
        The same characters each time on one machine.

    Raises
    ------
    ValueError
        If there are fewer than two values, or `start` is not a position among them.
    """
    if len(values) < 2 or not 0 <= start < len(values):
        raise ValueError(f"A slider needs two values or more and a start among them, got {len(values)} and {start}.")
    frames = []
    for value in values:
        figure, alt = draw(value)
        frames.append((_picture(figure), alt, f"{label} = {value}"))
        width = int(figure.get_figwidth() * figure.dpi)
        plt.close(figure)
    picture, alt, text = frames[start]
    fields = {"alt": alt, "text": text, "label": label, "caption": caption, "frames": json.dumps(frames)}
    fields = {key: html.escape(field) for key, field in (fields | {"move": MOVE}).items()}
    fields["name"] = f' id="{html.escape(name)}"' if name else ""
    fields["back"] = BUTTON.format(way="previous", step=html.escape(STEP.format(way="Down")), arrow="&#9664;")
    fields["forth"] = BUTTON.format(way="next", step=html.escape(STEP.format(way="Up")), arrow="&#9654;")
    src = f"data:image/png;base64,{picture}"
    return HTML(TEMPLATE.format(src=src, start=start, last=len(values) - 1, width=width, **fields))


def _picture(figure):
    """Return a figure as the base64 text of a PNG with a small palette."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=figure.dpi, metadata={"Software": None})
    image = Image.open(file).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, format="png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def explore(draw, **controls):
    """Show a live control for other values than a slider's, where somebody could move it.

    A notebook that is executed by a program shows nothing, so that no page has a control
    without a kernel behind it.

    Parameters
    ----------
    draw : callable
        As for `slider`; its parameters are the names of `controls`.
    **controls
        What `ipywidgets.interact` understands, for instance ``w=(-2.0, 2.0, 0.01)``.
    """
    if not watched():
        return
    from ipywidgets import interact

    def show(**values):
        figure, text = draw(**values)
        display(figure)
        plt.close(figure)
        print(text)

    interact(show, **controls)
