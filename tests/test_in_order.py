"""Networks side by side learn what each would learn alone."""

import pytest
import torch
from torch import nn

from course_utils import in_order
from course_utils.sequences import sine_to_cosine


class Net(nn.Module):
    """A recurrent layer and a linear one."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.rnn = nn.RNN(1, 5, batch_first=True, dtype=torch.float64)
        self.linear = nn.Linear(5, 1, dtype=torch.float64)


def series():
    """Return a few windows in float64."""
    return tuple(part.double() for part in sine_to_cosine(12, 7, endpoint=False))


def train_alone(net, x, y, lr, carry, h, one_cycle, clip):
    """Return the outputs of the loop that a reader would write."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    if one_cycle:  # making the schedule already lowers the rate
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=len(x), cycle_momentum=False)
    first, outputs = h, []
    for window, target in zip(x, y, strict=True):
        states, h_n = net.rnn(window[None], h)
        output = net.linear(states)
        loss = nn.functional.mse_loss(output, target[None])
        optimizer.zero_grad()
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        if one_cycle:
            schedule.step()
        outputs.append(output.detach()[0])
        h = h_n.detach() if carry else first
    return torch.stack(outputs)


@pytest.mark.parametrize("carry", [True, False])
@pytest.mark.parametrize("one_cycle", [True, False])
@pytest.mark.parametrize("clip", [None, 0.05])
def test_side_by_side_is_one_after_the_other(carry, one_cycle, clip):
    x, y = series()
    generator = torch.Generator().manual_seed(0)
    h_0 = torch.rand(3, 1, 5, generator=generator, dtype=torch.float64)
    together, alone = ([Net(seed) for seed in range(3)] for _ in range(2))
    outputs = in_order.train_in_order(together, x, y, lr=0.05, carry=carry, h_0=h_0, one_cycle=one_cycle, clip=clip)
    assert outputs.shape == (12, 3, 7, 1)
    for number, net in enumerate(alone):
        expected = train_alone(net, x, y, 0.05, carry, h_0[number][None], one_cycle, clip)
        torch.testing.assert_close(outputs[:, number], expected, rtol=0, atol=1e-9)
        for mine, right in zip(together[number].parameters(), net.parameters(), strict=True):
            torch.testing.assert_close(mine, right, rtol=0, atol=1e-9)


def test_clipping_acts_on_each_network_alone():
    x, y = series()
    nets = [Net(0), Net(1)]
    before = [net.linear.weight.detach().clone() for net in nets]
    in_order.train_in_order(nets, x[:1], y[:1], lr=1e-3, clip=1e-14)
    # Adam divides by the gradient's size plus 1e-8, so only a norm far below that stops it.
    assert all((net.linear.weight - old).abs().max() < 1e-6 for net, old in zip(nets, before, strict=True))


@pytest.mark.parametrize("carry", [True, False])
def test_run_in_order_is_what_the_networks_give(carry):
    x, _ = series()
    nets = [Net(3), Net(4)]
    outputs = in_order.run_in_order(nets, x, carry=carry)
    for number, net in enumerate(nets):
        h = None
        for window, output in zip(x, outputs[:, number], strict=True):
            states, h_n = net.rnn(window[None], h)
            torch.testing.assert_close(output, net.linear(states)[0].detach(), rtol=0, atol=1e-12)
            h = h_n if carry else None
    assert not outputs.requires_grad


def test_training_stops_at_the_first_loss_that_is_not_finite_and_leaves_the_networks_alone():
    x, y = series()
    y = y.clone()
    y[4, 2] = float("nan")
    nets = [Net(0), Net(1)]
    with pytest.raises(FloatingPointError, match="network 0 is nan at window 4: lower the learning rate or clip"):
        in_order.train_in_order(nets, x, y, lr=0.01)
    assert torch.equal(nets[0].linear.weight, Net(0).linear.weight)


def test_a_watched_training_shows_progress_and_another_none(monkeypatch, capfd):
    for watched in (True, False):
        monkeypatch.setattr(in_order, "watched", lambda watched=watched: watched)
        in_order.train_in_order([Net(0)], *series(), lr=0.01)
        shown = capfd.readouterr()
        assert bool(shown.out + shown.err) is watched
