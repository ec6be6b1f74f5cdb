"""Serve the chapter's forecaster with one fault at a time, over seeds of data and weights, and in fewer bits.

Usage: ``python experiments/silent_faults.py``, eight minutes, one thread. Each run executes the program's own text
with a seed, which draws the readings and the first weights. Errors are root mean squares over the last 2,400 hours,
in the load's own unit; *right* is the state carried through all readings. Controls: networks without a state (two
layers of 64) that see one row or 24, trained on the same hours in as many updates, the second at a rate of 0.003; and
the same GRU that starts from zeros at the last 24 rows, for each forecast anew.
"""

import copy
import warnings
from functools import partial

import executed as program
import numpy as np
import record
import torch
from torch import nn

SEEDS, RATE = range(10), 0.01  # one reading in a hundred is missing, comes twice, or late
CHAPTER, DAY, GAPS = "15-in-production", 24, (1, 3, 6, 12, 24)
DROPOUT = "nn.Linear(HIDDEN, 1)", "nn.Sequential(nn.Dropout(0.2), nn.Linear(HIDDEN, 1))"
ALL = "mean, std = (old := table[:-TEST]).agg", "old = table[:-TEST]\n    mean, std = table.agg"


def trained(seed, *changes):
    """Return the variables of the program, up to the file that it saves."""
    seeds = [("default_rng(0)", f"default_rng({seed})"), ("manual_seed(0)", f"manual_seed({seed})")]
    names = program.executed(CHAPTER, [*seeds, *changes], until="*saved, state")
    names["model"].eval().requires_grad_(False)
    return names


def forecasts(names, x, h=None, network=None):
    """Return scaled forecasts behind each row of (L, F), and the state."""
    gru, head = network or (names["gru"], names["head"])
    out, h = gru(x[:, None], h if h is None else h[:, None])
    return head(out)[:, 0, 0], h[:, 0]


def error(names, made, truth):
    """Return the root mean square of scaled differences, in the load's unit."""
    return (made - truth).square().mean().sqrt().item() * names["std"][0]


def tail(names):
    """Return the state before the test rows, the rows, (L, F), and what comes an hour after each, (L)."""
    x, test = names["x"], names["TEST"]
    before = names["gru"](x[: -test - 1])[1]
    return before, x[-test - 1 : -1], x[-test:, 0]


def filled(rows, usual):
    """Return the rows with the last reading where one is missing; the clock goes on."""
    held = rows.clone()
    for k in (~usual).nonzero()[:, 0]:
        held[k, :2] = held[k - 1, :2]
    return held


def orders(names, seed):
    """Return errors where readings are missing, come twice, or late, as they come, and with missing ones held.

    Each is a mean over ten draws of these readings.
    """
    h, rows, truth = tail(names)
    draw, runs = torch.Generator().manual_seed(seed), []
    for _ in range(10):
        strange = torch.rand(len(rows), generator=draw) < RATE
        strange[0] = strange[-1] = False
        kept = (~strange).nonzero()[:, 0]
        twice = torch.arange(len(rows)).repeat_interleave(1 + strange.long())
        late = torch.arange(len(rows))
        for k in strange.nonzero()[:, 0]:
            late[k], late[k + 1] = late[k + 1].item(), late[k].item()
        # A forecast is asked for behind each reading that is newer than all before.
        newest = torch.cat([torch.tensor([True]), late[1:] > late[:-1].cummax(0).values])
        found = {
            "missing": error(names, forecasts(names, rows[kept], h)[0], truth[kept]),
            "missing, held": error(names, forecasts(names, filled(rows, ~strange), h)[0][kept], truth[kept]),
            "twice": error(names, forecasts(names, rows[twice], h)[0], truth[twice]),
            "late": error(names, forecasts(names, rows[late], h)[0][newest], truth[late][newest]),
        }
        runs.append(found)
    return {name: float(np.mean([found[name] for found in runs])) for name in runs[0]}


def gaps(names, seed):
    """Return errors on the rows that are there, where of each hundred some in a row are missing, left out or held."""
    h, rows, truth = tail(names)
    found, draw = {}, torch.Generator().manual_seed(seed)
    for many in GAPS:
        starts = torch.randint(1, 100 - many, (len(rows) // 100,), generator=draw)
        places = torch.arange(len(rows)) % 100 - starts.repeat_interleave(100)
        usual = (places < 0) | (places >= many)
        found[f"gap {many}"] = error(names, forecasts(names, rows[usual], h)[0], truth[usual])
        found[f"gap {many}, held"] = error(names, forecasts(names, filled(rows, usual), h)[0][usual], truth[usual])
    return found


def states(names, other):
    """Return errors with the state of another network, of another building in turns, and with none."""
    h, rows, truth = tail(names)
    _, others, _ = tail(other)
    turns = torch.stack([rows, others], dim=1).flatten(0, 1)
    foreign = other["gru"](other["x"][: -len(rows) - 1])[1]
    days = [forecasts(names, day)[0] for day in rows.split(DAY)]
    found = {
        "right": error(names, forecasts(names, rows, h)[0], truth),
        "in turns": error(names, forecasts(names, turns, h)[0][::2], truth),
        "none": error(names, names["head"](names["gru"](rows[None])[0])[0, :, 0], truth),
        "none at midnight": error(names, torch.cat(days), truth),
    }
    for name, state in (("right", h), ("foreign", foreign), ("zero", torch.zeros_like(h))):
        made = forecasts(names, rows[:DAY], state)[0]
        found[f"first day, {name}"] = error(names, made, truth[:DAY])
    return found


def scales(names, seed):
    """Return errors with other scales, and with the level of a counter in float32."""
    h, rows, truth = tail(names)
    mean, std = (torch.tensor(names[name]).double() for name in ("mean", "std"))
    values = torch.tensor(names["table"].to_numpy())[-len(rows) - 1 : -1]

    def scaled(numbers, mean, std):
        return torch.cat([((numbers - mean) / std).float(), rows[:, 2:]], dim=1)

    found = {}
    for name, part in (("a week's scale", values[:168]), ("a scale of what is served", values)):
        middle, width = part.mean(0), part.std(0)
        made = forecasts(names, scaled(values, middle, width), h)[0]
        found[name] = error(names, (made * width[0] + middle[0] - mean[0]) / std[0], truth)
    for level in (1e6, 1e7, 1e8):
        counter = torch.tensor([level, 0.0])
        lost = (values + counter).float() - (mean + counter).float()
        found[f"float32 at {level:.0e}"] = error(names, forecasts(names, scaled(lost, 0, std), h)[0], truth)
    whole = trained(seed, ALL)
    h, rows, truth = tail(whole)
    found["all data's scale"] = error(whole, forecasts(whole, rows, h)[0], truth)
    return found


def modes(seed):
    """Return errors of a network with dropout, in both modes."""
    names = trained(seed, DROPOUT)
    h, rows, truth = tail(names)
    found = {"dropout, eval": error(names, forecasts(names, rows, h)[0], truth)}
    torch.manual_seed(seed)
    names["model"].train()
    return found | {"dropout, train": error(names, forecasts(names, rows, h)[0], truth)}


def reset_inside(names):
    """Return the error where the reset gate acts before the product, as onnxscript 0.5.7 to 0.7.0 exported it."""
    h, rows, truth = tail(names)
    w_x, w_h, b_x, b_h = (part.chunk(3) for part in names["gru"].state_dict().values())
    h, made = h[0], []
    for x in rows:
        r, z = (torch.sigmoid(w_x[k] @ x + b_x[k] + w_h[k] @ h + b_h[k]) for k in (0, 1))
        n = torch.tanh(w_x[2] @ x + b_x[2] + w_h[2] @ (r * h) + b_h[2])
        h = (1 - z) * n + z * h
        made.append(names["head"](h)[0])
    return {"reset inside": error(names, torch.stack(made), truth)}


def eight_bits(network):
    """Round each matrix of a network to 255 steps a row."""
    for weight in network.parameters():
        if weight.dim() == 2:
            scale = weight.abs().amax(dim=1, keepdim=True) / 127
            weight.copy_((weight / scale).round() * scale)
    return network


def bits(names):
    """Return errors, and the largest change of a forecast, in half precision and with eight bits."""
    h, rows, truth = tail(names)
    right, found = forecasts(names, rows, h)[0], {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.ao says that it moves to another package
        eight = torch.ao.quantization.quantize_dynamic(copy.deepcopy(names["model"]), {nn.GRU, nn.Linear})
    stored = copy.deepcopy(names["model"]).half().float()
    ways = {"int8": (eight, torch.float32), "float16, stored": (stored, torch.float32)}
    ways["int8, stored"] = eight_bits(copy.deepcopy(names["model"])), torch.float32
    for kind in (torch.float16, torch.bfloat16):
        ways[str(kind).removeprefix("torch.")] = (copy.deepcopy(names["model"]).to(kind), kind)
    for name, (network, kind) in ways.items():
        made = forecasts(names, rows.to(kind), h.to(kind), network)[0].float()
        change = (made - right).abs().max().item() * names["std"][0]
        found[name] = {"error": error(names, made, truth), "change": change}
    return found


def baselines(names, seed):
    """Return the errors of the last value, of least squares on a week, and of networks that carry no state."""
    _, rows, truth = tail(names)
    x, test = names["x"].double(), names["TEST"]
    taps = [x, torch.ones(len(x), 1), *(x[:, :2].roll(k, 0) for k in range(1, 168))]
    taps, next_ones = torch.cat(taps, dim=1)[168:-1], x[169:, :1]
    rule = torch.linalg.lstsq(taps[:-test], next_ones[:-test], 1e-8, driver="gelsd").solution
    made = (taps[-test:] @ rule)[:, 0].float()
    found = {"last value": error(names, rows[:, 0], truth), "least squares": error(names, made, truth)}
    x, first = names["x"], len(names["x"]) - test - 1
    windows = x.unfold(0, DAY, 1).mT  # (N, 24, F), of which the last row is row N + 23
    with torch.no_grad():
        last = windows[first - DAY + 1 : -1].transpose(0, 1)
        made = names["head"](names["gru"](last)[0][-1])[:, 0]
        found["24 rows from zeros"] = error(names, made, truth)
    for name, inputs, rate in (("without a state", x, 0.01), ("24 rows without a state", windows.flatten(1), 0.003)):
        torch.manual_seed(seed)
        layers = [nn.Linear(inputs.shape[1], 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)]
        plain, back = nn.Sequential(*layers), len(x) - len(inputs)
        optimizer = torch.optim.Adam(plain.parameters(), rate)
        for _ in range(names["UPDATES"]):
            at = torch.randint(first - back, (32 * 48,))  # as many rows as the GRU reads in an update
            loss = (plain(inputs[at])[:, 0] - x[at + back + 1, 0]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            found[name] = error(names, plain(inputs[first - back : -1])[:, 0], truth)
    return found


def main():
    """Run all seeds and keep the results."""
    shift = record.shift(__doc__)
    torch.set_num_threads(1)
    runs = []
    for seed in (k + shift for k in SEEDS):
        names, other = trained(seed), trained(seed + 50)
        parts = [partial(states, names, other), partial(orders, names, seed), partial(gaps, names, seed)]
        parts += [partial(scales, names, seed), partial(modes, seed), partial(reset_inside, names)]
        parts += [partial(baselines, names, seed)]
        found = {name: value for part in parts for name, value in part().items()}
        runs.append(found | {"bits": bits(names)})
        record.say(seed, {name: float(np.round(value, 2)) for name, value in found.items()}, runs[-1]["bits"])
    content = {name: [run[name] for run in runs] for name in runs[0] if name != "bits"}
    kinds = runs[0]["bits"]
    content["bits"] = {k: {w: [run["bits"][k][w] for run in runs] for w in ("error", "change")} for k in kinds}
    record.keep("silent_faults", content, shift=shift)


if __name__ == "__main__":
    main()
