"""Windows against slices taken one by one."""

import pytest
import torch

from course_utils.windows import windows


@pytest.mark.parametrize("shape", [(20,), (20, 1), (20, 3)])
@pytest.mark.parametrize(("length", "ahead"), [(1, 1), (5, 1), (7, 4), (16, 4)])
def test_windows_are_slices(shape, length, ahead):
    series = torch.arange(60.0)[: torch.Size(shape).numel()].view(shape)
    inputs, targets = windows(series, length, ahead)
    columns = series.view(20, -1)
    assert len(inputs) == len(targets) == 20 - length - ahead + 1
    for n, (x, y) in enumerate(zip(inputs, targets, strict=True)):
        assert torch.equal(x, columns[n : n + length])
        assert torch.equal(y, columns[n + length : n + length + ahead])


def test_a_recurrent_layer_reads_them():
    inputs, _ = windows(torch.zeros(9, 2), 4)
    output, _ = torch.nn.GRU(2, 3, batch_first=True)(inputs)
    assert output.shape == (5, 4, 3)


@pytest.mark.parametrize(("shape", "length", "ahead"), [((4,), 4, 1), ((9,), 0, 1), ((9,), 3, 0), ((9, 2, 2), 3, 1)])
def test_what_does_not_fit_is_refused_in_one_sentence(shape, length, ahead):
    with pytest.raises(ValueError, match=f"Windows of {length} and {ahead} values after each do not fit"):
        windows(torch.zeros(shape), length, ahead)
