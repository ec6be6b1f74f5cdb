"""A trained LSTM that runs in a page: the reader types, and sees what it expects next."""

import base64
import html
import importlib.resources
import json

import torch
from IPython.display import HTML
from torch import nn

ROWS, LONGEST = 6, 200  # characters that are offered, and that are read at most
UNIT = 32767  # the largest number of a tensor is stored as this one

FIGURE = """<figure class="live-network"{name} style="margin:1em 0" data-letters="{letters}" data-parts="{parts}"
 data-weights="{weights}" data-rows="{rows}">
<label style="display:none">Type, and see what the network expects next:
<textarea rows="2" maxlength="{longest}" spellcheck="false" autocomplete="off" autocapitalize="off" autocorrect="off"
 data-lm-suppress-shortcuts="true" style="display:block;width:100%;font:1em monospace">{start}</textarea></label>
<p class="read" aria-hidden="true" hidden
 style="font:1.1em/1.6 monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:.6em 0"></p>
<div class="next"></div>
<p class="says" role="status" style="margin:.6em 0">{says}</p>
<figcaption style="color:inherit"><p><span class="caption-text" style="color:inherit">{caption}</span></p></figcaption>
</figure>
<script>{script}</script>"""
OFF = "Scripts are off here, so nothing can be typed. After “{start}” the network expects {expected}."


def network(model, letters, start, *, caption, name=None):
    """Show an LSTM in which a reader can type, without a kernel, a library or a network.

    Under the text stand the characters that were read, the more blue the greater the square root of their
    influence (`read`), and the
    most probable next ones, each with a button that writes it.

    Parameters
    ----------
    model : iterable of torch.nn.Module
        An `nn.Embedding`, an `nn.LSTM` of one layer and one direction, and an `nn.Linear`, in this order.
    letters : sequence of str
        The characters, in the order of the rows of the embedding and of the scores.
    start : str
        What stands there first, and alone where scripts are off; at least one character, all of them in `letters`.
    caption : str
        What stands below the figure.
    name : str, optional
        The figure's id, as a target for links.

    Returns
    -------
    IPython.display.HTML
        The weights are rounded to 16 bits, two bytes each.

    Raises
    ------
    ValueError
        If `model` is no such network, or `start` is empty or has other characters.
    """
    embedding, rnn, head = _parts(model, letters)
    if not start or not set(start) <= set(letters) or len(start) > LONGEST:
        raise ValueError(f"The text {start!r} must have 1 to {LONGEST} characters, all of which the network knows.")
    tensors = [embedding.weight, rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0 + rnn.bias_hh_l0]
    parts, packed = [], b""
    for tensor in [*tensors, head.weight, head.bias]:
        unit = max(tensor.abs().max().item(), 1e-30) / UNIT
        packed += (tensor.detach() / unit).round().to(torch.int16).cpu().numpy().astype("<i2").tobytes()
        parts.append([tensor.numel(), unit])
    best = read(model, [letters.index(x) for x in start])[0].topk(min(ROWS, len(letters)))
    expected = ", ".join(f"{letters[k]!r} ({p:.0%})" for p, k in zip(*map(torch.Tensor.tolist, best), strict=True))
    fields = {"letters": json.dumps(list(letters)), "parts": json.dumps(parts), "start": start, "caption": caption}
    fields = {key: html.escape(text) for key, text in fields.items()}
    fields["says"] = html.escape(OFF.format(start=start, expected=expected))
    fields["name"] = f' id="{html.escape(name)}"' if name else ""
    script = importlib.resources.files("course_utils").joinpath("live.js").read_text(encoding="utf-8")
    weights = base64.b64encode(packed).decode()
    return HTML(FIGURE.format(weights=weights, rows=min(ROWS, len(letters)), longest=LONGEST, script=script, **fields))


def _parts(model, letters):
    """Return the three layers of a model, or say why it cannot be shown."""
    layers = list(model)
    kinds = (nn.Embedding, nn.LSTM, nn.Linear)
    if len(layers) != 3 or not all(map(isinstance, layers, kinds)):
        names = [type(layer).__name__ for layer in layers]
        raise ValueError(f"The figure runs an Embedding, an LSTM and a Linear layer; this model has {names}.")
    embedding, rnn, head = layers
    plain = rnn.num_layers == 1 and not rnn.bidirectional and not rnn.proj_size and rnn.bias
    if not plain or head.bias is None:
        raise ValueError("The figure runs an LSTM of one layer and one direction, with biases and no projection.")
    if not len(letters) == embedding.num_embeddings == head.out_features:
        sizes = f"{embedding.num_embeddings} and {head.out_features}"
        raise ValueError(f"{len(letters)} characters, but embedding and scores are for {sizes}.")
    return layers


def read(model, ids):
    """Return what an LSTM expects after a text, and the influence of each character on that.

    Parameters
    ----------
    model : iterable of torch.nn.Module
        As for `network`.
    ids : list of int
        The characters' numbers, at least one.

    Returns
    -------
    tuple of torch.Tensor
        The probabilities of the next character, shape (letters,), and the length of the gradient of the largest
        one's logarithm with respect to the embedding of each character that was read, shape (L,).
    """
    embedding, rnn, head = model
    x = embedding(torch.tensor(ids)).detach().requires_grad_()  # (L, H_in)
    states, _ = rnn(x)  # without a batch the layout is the same with and without batch_first
    log_p = head(states[-1]).log_softmax(0)
    (gradient,) = torch.autograd.grad(log_p.max(), x)
    return log_p.exp().detach(), gradient.norm(dim=1)


def unpack(kept):
    """Return a network of which weights are kept as 16-bit integers.

    Parameters
    ----------
    kept : dict
        ``results.load("live_network")``, which `experiments/live_network.py` writes.

    Returns
    -------
    model : torch.nn.ModuleList
        An embedding, an LSTM with ``batch_first=True`` and a linear layer, float32.
    letters : str
        The characters, in the order of its scores.
    """
    letters, width, hidden = len(kept["letters"]), kept["width"], kept["hidden"]
    rnn = nn.LSTM(width, hidden, batch_first=True)
    model = nn.ModuleList([nn.Embedding(letters, width), rnn, nn.Linear(hidden, letters)])
    weights = model.state_dict()
    for name, part in kept["weights"].items():
        whole = torch.frombuffer(bytearray(base64.b64decode(part["numbers"])), dtype=torch.int16)
        weights[name] = whole.view(weights[name].shape) * part["unit"]
    model.load_state_dict(weights)
    return model, "".join(map(chr, kept["letters"]))
