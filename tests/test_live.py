"""The figure in which a reader types; tests/site drives it in a browser."""

import base64
import html
import json
import re

import pytest
import torch
from IPython.display import HTML
from torch import nn

from course_utils import live, results

KEPT = results.load("live_network")
MODEL, LETTERS = live.unpack(KEPT)


def make(model=MODEL, letters=LETTERS, start="The ", **changes):
    return live.network(model, letters, start, **{"caption": "A network.", **changes})


def layers(hidden=4, letters=3, **settings):
    """Return a small network of the kind that the figure runs."""
    rnn = nn.LSTM(2, hidden, **settings)
    return [nn.Embedding(letters, 2), rnn, nn.Linear(hidden * (1 + rnn.bidirectional), letters)]


def test_the_same_bytes_each_time_and_no_address():
    page = make()
    assert isinstance(page, HTML)
    assert page.data == make().data
    assert "http" not in page.data and "import(" not in page.data and "fetch(" not in page.data
    assert page.data.count(" id=") == 0 and 'id="fig-live"' in make(name="fig-live").data


def test_the_weights_in_the_page_are_those_of_the_network_to_16_bits():
    page = make().data
    numbers = torch.frombuffer(
        bytearray(base64.b64decode(re.search('data-weights="([^"]*)"', page)[1])), dtype=torch.int16
    )
    parts = json.loads(html.unescape(re.search('data-parts="([^"]*)"', page)[1]))
    embedding, rnn, head = MODEL
    tensors = [embedding.weight, rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0 + rnn.bias_hh_l0]
    for tensor, (size, unit) in zip([*tensors, head.weight, head.bias], parts, strict=True):
        stored, numbers = numbers[:size] * unit, numbers[size:]
        assert torch.allclose(stored, tensor.flatten(), rtol=0, atol=0.51 * unit)
    assert len(numbers) == 0


def test_the_figure_is_tens_of_kilobytes():
    assert len(make().data) < 100_000


def test_without_scripts_it_says_so_and_what_the_network_expects():
    says = html.unescape(re.search('role="status"[^>]*>(.*?)</p>', make().data)[1])
    assert says.startswith("Scripts are off here, so nothing can be typed. After “The ” the network expects '")
    assert says.count("%") == live.ROWS


def test_a_text_with_marks_of_html_stays_text():
    model, letters = layers(letters=4), '<&"x'
    page = make(model, letters, '<x&"', caption="a < b").data
    assert "&lt;x&amp;&quot;</textarea>" in page and "a &lt; b" in page


def test_read_is_the_softmax_and_the_gradient():
    ids = [LETTERS.index(x) for x in "def f("]
    chances, influence = live.read(MODEL, ids)
    embedding, rnn, head = MODEL
    x = embedding(torch.tensor(ids))
    assert torch.allclose(chances, head(rnn(x[None])[0][0, -1]).softmax(0), atol=1e-6)
    best, step = chances.argmax(), 1e-3
    direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    x.retain_grad()
    head(rnn(x[None])[0][0, -1]).log_softmax(0)[best].backward()
    assert torch.allclose(influence, x.grad.norm(dim=1), rtol=1e-4)
    with torch.no_grad():
        up, down = (head(rnn((x + s * direction)[None])[0][0, -1]).log_softmax(0)[best] for s in (step, -step))
    assert torch.isclose((up - down) / (2 * step), (x.grad * direction).sum(), rtol=0.02)


@pytest.mark.parametrize("batch_first", [True, False])
def test_both_layouts_read_alike(batch_first):
    torch.manual_seed(0)
    model = layers(batch_first=batch_first)
    plain = live.read(model, [0, 2, 1])[0]
    x = model[0](torch.tensor([0, 2, 1]))
    assert torch.allclose(plain, model[2](model[1](x)[0][-1]).softmax(0))


def test_the_kept_network_is_better_than_a_guess_and_says_how_good():
    assert KEPT["test"]["network"] < 1.4 < 4  # ln of the letters is 4.6
    assert MODEL[1].batch_first and len(LETTERS) == MODEL[0].num_embeddings


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            [nn.Embedding(3, 2), nn.GRU(2, 4), nn.Linear(4, 3)],
            "runs an Embedding, an LSTM and a Linear layer; this model",
        ),
        (layers()[:2], "this model has"),
        (layers(num_layers=2), "of one layer and one direction"),
        (layers(bidirectional=True), "of one layer and one direction"),
        (layers(bias=False), "with biases"),
        (layers(letters=5), "3 characters, but embedding and scores are for 5 and 5"),
    ],
)
def test_a_network_that_it_cannot_run_is_refused(model, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(model, "abc", "a")


@pytest.mark.parametrize("start", ["", "é", "a" * 201])
def test_a_text_that_it_cannot_read_is_refused(start):
    with pytest.raises(ValueError, match="must have 1 to 200 characters, all of which"):
        make(start=start)
