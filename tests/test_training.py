"""Tests of course_utils.training."""

import types

import IPython
import pytest
import torch
from torch import nn

from course_utils import training


@pytest.fixture
def problem():
    """Return a small classification problem that a linear layer solves."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(60, 5, generator=generator)
    return inputs, (inputs[:, 0] > 0).long()


def model(seed=0):
    """Return an untrained linear layer."""
    torch.manual_seed(seed)
    return nn.Linear(5, 2)


def test_every_example_comes_once_before_any_comes_again():
    batches = training.shuffled_batches(10, batch=4, steps=5, seed=3)
    assert [len(batch) for batch in batches] == [4] * 5
    order = torch.cat(batches)
    assert sorted(order[:10].tolist()) == sorted(order[10:].tolist()) == list(range(10))
    assert order[:10].tolist() != order[10:].tolist()
    assert torch.equal(order, torch.cat(training.shuffled_batches(10, batch=4, steps=5, seed=3)))
    assert not torch.equal(order, torch.cat(training.shuffled_batches(10, batch=4, steps=5, seed=4)))


def test_train_is_the_loop_written_by_hand(problem):
    inputs, targets = problem
    ours, theirs = model(), model()
    losses = training.train(ours, inputs, targets, steps=8, batch=16, lr=0.05, seed=1)
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.05)
    expected = []
    for rows in training.shuffled_batches(60, batch=16, steps=8, seed=1):
        loss = nn.functional.cross_entropy(theirs(inputs[rows]), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    assert losses == expected
    assert torch.equal(ours.weight, theirs.weight)


def test_train_learns(problem):
    net = model()
    before = training.evaluate(net, *problem)
    training.train(net, *problem, steps=200, batch=20, lr=0.05, one_cycle=True)
    assert before < 0.8 and training.evaluate(net, *problem) > 0.95


def test_one_cycle_ends_with_steps_of_almost_no_length(problem):
    lengths = {}
    for one_cycle in (False, True):
        net, weights = model(), []
        training.train(
            net,
            *problem,
            steps=50,
            batch=20,
            lr=0.05,
            one_cycle=one_cycle,
            after_step=lambda step, net=net, weights=weights: weights.append(net.weight.detach().clone()),
        )
        assert len(weights) == 50
        lengths[one_cycle] = (weights[-1] - weights[-2]).norm()
    assert lengths[True] < lengths[False] / 100


def test_clipping_bounds_the_gradient(problem):
    # Adam divides by the gradient's size plus 1e-8, so only a norm far below that stops it.
    net = model()
    before = net.weight.detach().clone()
    training.train(net, *problem, steps=5, batch=20, lr=0.05, clip=1e-14)
    assert (net.weight - before).abs().max() < 1e-5
    training.train(net, *problem, steps=5, batch=20, lr=0.05)
    assert (net.weight - before).abs().max() > 1e-2


def test_train_stops_at_the_first_loss_that_is_not_finite_and_finds_it_in_the_data(problem):
    inputs, targets = problem
    inputs = inputs.clone()
    row = training.shuffled_batches(60, batch=10, steps=6)[2][0].item()
    inputs[row] = float("nan")
    sentence = (
        rf"is nan at step 2: {inputs[row].numel()} numbers of the inputs are nan or infinite, the first at \({row}, 0"
    )
    with pytest.raises(FloatingPointError, match=sentence):
        training.train(model(), inputs, targets, steps=6, batch=10, lr=0.01)


def test_nan_in_targets_or_first_weights_is_named():
    x, y = torch.zeros(8, 1), torch.zeros(8, 1)
    settings = {"steps": 2, "batch": 8, "lr": 0.1, "loss": nn.functional.mse_loss}
    y[5] = float("inf")
    with pytest.raises(
        FloatingPointError, match=r"1 numbers of the targets are nan or infinite, the first at \(5, 0\)\."
    ):
        training.train(nn.Linear(1, 1), x, y, **settings)
    net = nn.Linear(1, 1)
    nn.init.constant_(net.bias, float("nan"))
    with pytest.raises(FloatingPointError, match=r"at step 0: 1 numbers of the first weights bias are .* at \(0,\)"):
        training.train(net, x, x, **settings)


def test_what_to_try_where_the_data_are_finite():
    x = torch.full((8, 1), 1e30)
    settings = {"steps": 9, "batch": 8, "loss": nn.functional.mse_loss}
    with pytest.raises(FloatingPointError, match="at step 0: inputs, targets and first weights are finite"):
        training.train(nn.Linear(1, 1), x, x, lr=0.1, **settings)
    with pytest.raises(FloatingPointError, match="at step [1-9]: lower the learning rate or clip"):
        training.train(nn.Linear(1, 1), x / 1e30, x / 1e30, lr=1e20, **settings)


def test_evaluate_uses_evaluation_mode_and_no_graph(problem):
    inputs, targets = problem
    net = nn.Sequential(nn.Dropout(0.5), model())
    net.train()
    seen = []
    score = training.evaluate(net, inputs, targets, score=lambda outputs, _: seen.append(outputs) or 0.25, batch=7)
    assert score == 0.25 and not net.training and not seen[0].requires_grad
    assert torch.allclose(seen[0], net(inputs))


def test_accuracy_counts_right_answers():
    outputs = torch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0], [1.0, 0.0]])
    assert training.accuracy(outputs, torch.tensor([0, 1, 1, 0])) == 0.75


@pytest.mark.parametrize(
    ("variable", "threads"), [("", 1), ("1", 1), ("2", 2), ("2,4", 2), ("0", 1), ("many", 1), (None, 1)]
)
def test_threads_follow_the_variable(monkeypatch, variable, threads):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if variable is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", variable)
    before = torch.get_num_threads()
    try:
        training.use_few_threads()
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_somebody_watches_a_terminal_or_a_front_end_that_can_answer(monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    for terminal in (True, False):
        monkeypatch.setattr(training.sys, "stderr", types.SimpleNamespace(isatty=lambda terminal=terminal: terminal))
        assert training.watched() is terminal
    for answers in (True, False):
        shell = types.SimpleNamespace(kernel=types.SimpleNamespace(_allow_stdin=answers))
        monkeypatch.setattr(IPython, "get_ipython", lambda shell=shell: shell)
        assert training.watched() is answers


def test_a_watched_training_shows_progress_and_another_none(problem, monkeypatch, capfd):
    for watched in (True, False):
        monkeypatch.setattr(training, "watched", lambda watched=watched: watched)
        training.train(model(), *problem, steps=3, batch=10, lr=0.01)
        shown = capfd.readouterr()
        assert bool(shown.out + shown.err) is watched
