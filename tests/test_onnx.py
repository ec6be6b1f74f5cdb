"""The cells against the node tests that ONNX publishes for RNN, LSTM and GRU: inputs, weights and results of a peer.

ONNX names its operators' parts in https://onnx.ai/onnx/operators/: W, R and B hold the blocks of one direction
after the other; an LSTM's blocks come in the order i, o, f, c, a GRU's z, r, h; B is bias_ih, then bias_hh.
"""

import warnings

import pytest
import torch

from course_utils import cells

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the other operators' cases divide by zero on purpose
    from onnx import helper
    from onnx.backend.test.case.node import collect_testcases

    CASES = {
        case.name: case
        for case in collect_testcases(None)
        if case.model and case.model.graph.node[0].op_type in ("RNN", "LSTM", "GRU")
    }

# The place of each of PyTorch's blocks in ONNX's order.
KINDS = {"RNN": (cells.RNNCell, (0,)), "LSTM": (cells.LSTMCell, (0, 2, 3, 1)), "GRU": (cells.GRUCell, (1, 0, 2))}
REASONS = {
    "test_lstm_with_peepholes": "the gates read c, which PyTorch's LSTM does not offer",
    "test_gru_seq_length": "the reset gate acts before the product (linear_before_reset = 0), and b_hn is not zero",
}


def given(case):
    """Return the node's kind, its attributes, and its inputs and outputs by ONNX's names, as tensors."""
    node = case.model.graph.node[0]
    attributes = {part.name: helper.get_attribute_value(part) for part in node.attribute}
    inputs, outputs = case.data_sets[0]
    named = dict(zip("X W R B sequence_lens initial_h initial_c P".split(), map(torch.tensor, inputs), strict=False))
    names = [name for name in node.output if name]
    return node.op_type, attributes, named, dict(zip(names, map(torch.tensor, outputs), strict=True))


def cell_of(kind, inputs, direction):
    """Return our cell with the weights of one direction of a case."""
    make, order = KINDS[kind]
    weight_ih, weight_hh = inputs["W"][direction], inputs["R"][direction]
    cell = make(weight_ih.shape[1], weight_hh.shape[1])
    biases = inputs["B"][direction].chunk(2) if "B" in inputs else 2 * [torch.zeros(len(weight_ih))]
    parts = dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), (weight_ih, weight_hh, *biases), strict=True))
    cell.load_state_dict(
        {name: torch.cat([part.chunk(len(order))[place] for place in order]) for name, part in parts.items()}
    )
    return cell


@torch.no_grad()
def run(case):
    """Return the largest distance between our cells' results and those of a case."""
    kind, attributes, inputs, expected = given(case)
    layout = attributes.get("layout", 0)
    x = inputs["X"].transpose(0, 1) if layout else inputs["X"]  # (L, N, H_in)
    ways, found = attributes.get("direction", b"forward"), {"Y": [], "Y_h": [], "Y_c": []}
    for direction in range(len(inputs["W"])):
        back = ways == b"reverse" or direction == 1
        cell, state, states = cell_of(kind, inputs, direction), None, []
        for x_t in x.flip(0) if back else x:
            state = cell(x_t, state)
            states.append(state[0] if kind == "LSTM" else state)
        found["Y"].append(torch.stack(states[::-1] if back else states))
        found["Y_h"].append(states[-1])
        found["Y_c"].append(state[1] if kind == "LSTM" else state)
    # ONNX stacks the directions: Y (L, D, N, H), Y_h (D, N, H); with layout 1 the batch comes first.
    results = {name: torch.stack(parts, dim=-3) for name, parts in found.items()}
    if layout:
        results = {"Y": results["Y"].permute(2, 0, 1, 3), "Y_h": results["Y_h"].transpose(0, 1)}
    assert all(results[name].shape == part.shape for name, part in expected.items())
    return max((results[name] - part).abs().max().item() for name, part in expected.items())


def test_there_are_as_many_cases_as_were_seen():
    assert len(CASES) >= 18 and set(REASONS) <= set(CASES)


@pytest.mark.parametrize("name", sorted(set(CASES) - set(REASONS)))
def test_cells_agree_with_onnx(name):
    assert run(CASES[name]) < 1e-6


@pytest.mark.parametrize("name", sorted(REASONS))
def test_what_the_cells_leave_out_is_what_differs(name):
    """Both are cells that PyTorch has not: the reasons stand in REASONS."""
    assert run(CASES[name]) > 1e-3
