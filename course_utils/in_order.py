"""Train small networks side by side on the consecutive windows of one long series."""

import torch
from torch.func import stack_module_state
from tqdm.auto import tqdm

from course_utils.training import watched


def train_in_order(nets, x, y, *, lr, carry=True, h_0=None, one_cycle=False, clip=None):
    """Train networks with Adam on the mean squared error, one update for each window, in their order.

    The networks are stacked: a time step is one product for all of them. None knows of the others.

    Parameters
    ----------
    nets : list of torch.nn.Module
        Of one shape: each has `rnn`, a `torch.nn.RNN` with tanh, one layer, one direction and
        ``batch_first=True``, and `linear` on its states. They are trained in place.
    x, y : torch.Tensor
        Inputs and targets, shapes (K, L, H_in) and (K, L, H_target): K windows of L steps.
    lr : float
        Learning rate; with `one_cycle` the highest one.
    carry : bool
        Whether a window starts from the last state of the window before, cut from the graph.
        Otherwise each starts from `h_0`.
    h_0 : torch.Tensor, optional
        First states, shape (S, 1, H_out) for S networks; zero by default.
    one_cycle : bool
        As in `course_utils.training.train`.
    clip : float, optional
        Largest norm of the gradient of one network's parameters together.

    Returns
    -------
    torch.Tensor
        What each network gave for each window before it was updated on it, shape (K, S, L, H_target).

    Raises
    ------
    FloatingPointError
        At the first loss that is not finite; the networks are then as they were.
    """
    stacked, _ = stack_module_state(nets)
    weights = list(stacked.values())
    optimizer = torch.optim.Adam(weights, lr=lr)
    scheduler = None
    if one_cycle:
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=len(x), cycle_momentum=False)
    first = h = _first_states(nets, h_0)
    outputs = []
    for step in tqdm(range(len(x)), leave=False, disable=not watched()):
        output, h_n = _run(stacked, x[step], h if carry else first)
        losses = (output - y[step]).square().mean(dim=(1, 2))  # (S,)
        if not losses.isfinite().all():
            number = (~losses.isfinite()).nonzero()[0].item()
            value = losses[number].item()
            raise FloatingPointError(
                f"The loss of network {number} is {value} at window {step}: lower the learning rate or clip."
            )
        optimizer.zero_grad()
        losses.sum().backward()
        if clip is not None:
            _clip_each(weights, clip)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        outputs.append(output.detach())
        h = h_n.detach()
    with torch.no_grad():
        for number, net in enumerate(nets):
            for name, parameter in net.named_parameters():
                parameter.copy_(stacked[name][number])
    return torch.stack(outputs)


@torch.no_grad()
def run_in_order(nets, x, *, carry=True, h_0=None):
    """Return what networks give for the windows of a series, without training them.

    Parameters
    ----------
    nets, x, carry, h_0
        As for `train_in_order`.

    Returns
    -------
    torch.Tensor
        Shape (K, S, L, H_target).
    """
    stacked, _ = stack_module_state(nets)
    first = h = _first_states(nets, h_0)
    outputs = []
    for window in x:
        output, h = _run(stacked, window, h if carry else first)
        outputs.append(output)
    return torch.stack(outputs)


def _first_states(nets, h_0):
    weight = nets[0].rnn.weight_hh_l0
    return weight.new_zeros(len(nets), 1, len(weight)) if h_0 is None else h_0


def _run(stacked, x, h):
    """Return S networks' outputs (S, L, H_target) and last states (S, 1, H_out) for one x (L, H_in)."""
    bias = stacked["rnn.bias_ih_l0"] + stacked["rnn.bias_hh_l0"]  # (S, H_out)
    inputs = x @ stacked["rnn.weight_ih_l0"].mT + bias[:, None]  # (S, L, H_out)
    weight_hh = stacked["rnn.weight_hh_l0"].mT
    states = []
    for a_t in inputs.split(1, dim=1):
        h = torch.tanh(torch.baddbmm(a_t, h, weight_hh))  # (S, 1, H_out)
        states.append(h)
    return torch.cat(states, dim=1) @ stacked["linear.weight"].mT + stacked["linear.bias"][:, None], h


def _clip_each(weights, largest):
    """Scale each network's gradient to the norm `largest` where it is longer, as `clip_grad_norm_` does."""
    squares = sum(weight.grad.flatten(1).square().sum(dim=1) for weight in weights)  # (S,)
    factor = (largest / (squares.sqrt() + 1e-6)).clamp(max=1)
    for weight in weights:
        weight.grad *= factor.reshape(-1, *[1] * (weight.dim() - 1))
