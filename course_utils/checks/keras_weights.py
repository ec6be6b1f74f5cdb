"""The exercise of the chapter on LSTM and GRU with the weights of Keras."""

import torch
from torch import nn

from course_utils.judging.cases import called, numbers
from course_utils.judging.exercise import Exercise


def _to_pytorch(kernel, recurrent, bias):
    found = []
    for part in (kernel.T, recurrent.T, bias[0], bias[1]):
        z, r, n = part.chunk(3)
        found.append(torch.cat([r, z, n]))
    return tuple(found)


def _use_in_cell(arguments, parameters):
    """Return the next states of a PyTorch cell with these parameters."""
    kernel, recurrent, _ = arguments
    x_t, h = numbers((4, len(kernel)), (4, len(recurrent)), dtype=kernel.dtype)
    return called(nn.GRUCell(len(kernel), len(recurrent), dtype=kernel.dtype), parameters, x_t, h)


def _case(size_in, size, dtype=torch.float64):
    return numbers((size_in, 3 * size), (size, 3 * size), (2, 3 * size), dtype=dtype)


to_pytorch = Exercise(
    solution=_to_pytorch,
    against="the other library's formula on random weights",
    cases=[_case(3, 3), _case(2, 5), _case(4, 3, torch.float32)],
    hints=(
        "What has to happen to a matrix that is multiplied from the right, and to blocks in another order?",
        "Transpose both matrices, then cut the first axis into three and put z, r, n into the order r, z, n.",
        "The rows of `bias` are `bias_ih` and `bias_hh`; they are cut and joined in the same way.",
    ),
    mistakes={
        "The blocks are left in the order z, r, n: PyTorch's is r, z, n.": {"[r, z, n]": "[z, r, n]"},
        "The order is turned round: only z and r change places.": {"[r, z, n]": "[n, r, z]"},
        "z has gone last: only z and r change places.": {"[r, z, n]": "[r, n, z]"},
        "n has come first: only z and r change places.": {"[r, z, n]": "[n, z, r]"},
        "reshape moves no axis: `.T` exchanges them.": {
            "tuple(found)": "(*(w.T.reshape(w.shape) for w in found[:2]), *found[2:])"
        },
        "r and n change places: only z and r must.": {"[r, z, n]": "[z, n, r]"},
        "The blocks are put below each other, and not transposed.": {
            "kernel.T, recurrent.T": "*(torch.cat(block.chunk(3, dim=1)) for block in (kernel, recurrent))"
        },
        "z has its sign changed: it keeps the old state in both libraries.": {"[r, z, n]": "[r, -z, n]"},
        "The blocks of `recurrent` are not reordered.": {"tuple(found)": "(found[0], recurrent.T, *found[2:])"},
        "The blocks of `kernel` are not reordered.": {"tuple(found)": "(kernel.T, *found[1:])"},
        "The blocks of `recurrent` are in order, and not transposed.": {
            "tuple(found)": "(found[0], torch.cat([part.T for part in found[1].chunk(3)]), *found[2:])"
        },
        "The first row of `bias` is used twice: the second is `bias_hh`.": {"bias[0], bias[1]": "bias[0], bias[0]"},
        "The biases count twice: each row is one of them.": {
            "bias[0], bias[1]": "bias[0] + bias[1], bias[0] + bias[1]"
        },
        "The biases are swapped: the first row is the input's.": {"bias[0], bias[1]": "bias[1], bias[0]"},
        "The biases are added, but r acts on `bias_hh` alone.": {"bias[0], bias[1]": "bias[0] + bias[1], 0 * bias[1]"},
        "Only the biases are reordered, not the weights.": {"tuple(found)": "(kernel.T, recurrent.T, *found[2:])"},
        "Only the weights are reordered, not the biases.": {"tuple(found)": "(*found[:2], bias[0], bias[1])"},
    },
    use=_use_in_cell,
)
