"""The page of common errors has each message that people meet, with its cure, in the words of all tested releases."""

import re
from pathlib import Path

import contents
import nbformat
import pytest

PAGE = Path(contents.ROOT, "book", "common-errors.ipynb")


def sections(path=PAGE):
    """Return the entries of the page, heading by heading: text and stored outputs, with single blanks."""
    words = []
    for cell in nbformat.read(path, as_version=4).cells:
        shown = [output.get("text", "") for output in cell.get("outputs", [])]
        words += [cell.source if cell.cell_type == "markdown" else "", *shown]
    entries = re.split(r"^(?=#{2,3} )", "\n".join(words), flags=re.MULTILINE)
    return [" ".join(entry.split()) for entry in entries]


# What a person sees, and the cure that must stand in the same entry.
ROWS = [
    ("Expected input to be 2D or 3D, got 1D instead", "unsqueeze(-1)"),
    ("Expected input to be 2D or 3D, got 4D tensor instead", "squeeze(1)"),
    ("input must have 3 dimensions, got 2", "read as [one sequence]"),
    ("input.size(-1) must be equal to input_size. Expected 4, got 6", "view(-1, 28, 28)"),
    ("RNNCell: Expected input to be 1D or 2D, got 3D", "The loop over time is yours"),
    ("mat1 and mat2 shapes cannot be multiplied (3x16 and 8x2)", "nn.Linear(2 * hidden"),
    ("mat1 and mat2 shapes cannot be multiplied (3x4 and 8x4)", "weight_ih.T"),
    ("mat1 and mat2 shapes cannot be multiplied", "output[:, -1]"),
    ("must match the size of tensor b (4) at non-singleton dimension 1", "Print both shapes"),
    ("Sizes of tensors must match except in dimension 2", "dim=-1"),
    ("Expected hidden[0] size (1, 3, 8), got [3, 1, 8]", "(num_layers, N, H_out)"),
    ("Expected hidden size (1, 3, 8), got [3, 1, 8]", "(num_layers, N, H_out)"),
    ("Expected hidden[0] size (1, 2, 8), got [1, 3, 8]", "carry nothing"),
    ("Expected hidden size (1, 2, 8), got [1, 3, 8]", "drop_last=True"),
    ("When to reset the state", "`None`, with each batch"),
    ("`h_state`", "`detach`"),
    ("Not learning", "one* batch"),
    ("Accuracy stuck at chance", "shuffled alone"),
    ("A flat line", "cannot reach the targets"),
    ("You marked L as dynamic but your code specialized it to be a constant", "Export one step"),
    ("Unexpected input data type. Actual: (tensor(double)) , expected: (tensor(float))", "Scale first"),
    ("hx should also be 3-D but got 2-D tensor", "unsqueeze(0)"),
    ("hx and cx should also be 3-D but got (2-D, 2-D) tensors", "unsqueeze(0)"),
    ("'tuple' object has no attribute 'detach'", "tuple(s.detach() for s in state)"),
    ("index 1 is out of bounds for dimension 0 with size 1", "the pair `(h_0, c_0)`"),
    ("argument 'input' (position 1) must be Tensor, not tuple", "output, h_n = rnn(x)"),
    ("tuple indices must be integers or slices, not tuple", "rnn(x)[0]"),
    ("input must have the type torch.float32, got type torch.float64", "dtype=torch.float32"),
    ("RNN input dtype (torch.float64) does not match weight dtype", "dtype=torch.float32"),
    ("mat1 and mat2 must have the same dtype, but got Double and Float", "h.float()"),
    ("get_mkldnn_dtype: unsupported data type", "h.float()"),
    ("'numpy.ndarray' object has no attribute 'dim'", "from_numpy"),
    ("can't convert np.ndarray of type numpy.object_", 'errors="coerce"'),
    ("stack expects each tensor to be equal size", "collate_fn"),
    ("expected sequence of length 3 at dim 1 (got 2)", "pad_sequence"),
    ("Input and parameter tensors are not at the same device", "x = x.to(device)"),
    ("Expected all tensors to be on the same device", "device=x.device"),
    ("'lengths' argument should be a 1D CPU int64 tensor", "lengths.cpu()"),
    ("can't convert cuda:0 device type tensor to numpy", ".cpu().numpy()"),
    ("rnn: hx is not contiguous", "contiguous()"),
    ("cudnn RNN backward can only be called in training mode", "cudnn.flags(enabled=False)"),
    ("the derivative for '_cudnn_rnn_backward' is not implemented", "cudnn.flags(enabled=False)"),
    ("CUDA error: device-side assert triggered", "on the CPU"),
    ("index out of range in self", "vocabulary"),
    ("Expected tensor for argument #1 'indices'", "tokens.long()"),
    ("Can't call numpy() on Tensor that requires grad", ".detach()"),
    ("Expected target size [3, 10], got [3, 5]", "scores.transpose(1, 2)"),
    ("Expected target size [3, 10], got [3]", "head(output[:, -1])"),
    ("expected scalar type Long but found Float", "targets.long()"),
    ("expected target dtype to be Long or Byte, but got Float", "targets.long()"),
    ("Target 3 is out of bounds", "too few classes"),
    ("Target size (torch.Size([1])) must be the same as input size (torch.Size([]))", "squeeze(1)"),
    ("grad can be implicitly created only for scalar outputs", "mean or the sum"),
    ("element 0 of tensors does not require grad and does not have a grad_fn", "`.detach()` or a `.data` too many"),
    ("running_mean should contain 5 elements not 8", "transpose(1, 2)"),
    ("array must be sorted in decreasing order", "enforce_sorted=False"),
    ("Length of all samples has to be greater than 0", "empty sequence"),
    ("exceeds dimension size", "lengths.max()"),
    ("input has inconsistent input_size", "`input_size` of them"),
    ("RNNCell: Expected hidden to be 1D or 2D, got 3D", "`h[0]` of a layer"),
    ("For unbatched 2-D input, hx should also be 2-D", "x.unsqueeze(0)"),
    ("must be tuple of Tensors, not Tensor", "h, c = cell(x, (h, c))"),
    ("not enough values to unpack (expected 3, got 2)", "output, (h_n, c_n) = lstm(x)"),
    ("default_collate: batch must contain tensors", "collate_fn"),
    ("KeyError: 0", "series.iloc[i]"),
    ("Expected floating point type for target with class probabilities, got Long", "argmax(-1)"),
    ("0D or 1D target tensor expected, multi-target not supported", "squeeze(1)"),
    ("result type Float can't be cast to the desired output type Long", "targets.float()"),
    ("all elements of input should be between 0 and 1", "BCEWithLogitsLoss"),
    ("Expected input_lengths to have value at most", "transpose(0, 1)"),
    ("Expected more than 1 value per channel when training", "drop_last=True"),
    ("to have 8 channels, but got 5 channels", "output.transpose(1, 2)"),
    ("can't optimize a non-leaf Tensor", "Make the parameter last"),
    ("Weights only load failed", "model.state_dict()"),
    ("cannot assign module before Module.__init__() call", "super().__init__()"),
    ("only its reverse half", "torch.cat([h_n[-2], h_n[-1]], dim=-1)"),
    ("must be Tensor, not PackedSequence", "pad_packed_sequence(packed, batch_first=True)"),
    ("view size is not compatible with input tensor's size and stride", "which order you want"),
    ("is invalid for input of size 320", "multiply to the number of elements"),
    ("Unknown nonlinearity 'True'", "Name all arguments after the third"),
    ("dropout option adds dropout after all but last recurrent layer", "nn.Dropout"),
    ("Error(s) in loading state_dict for RNN: size mismatch", "four gates"),
    ("Missing key(s) in state_dict", "module."),
    ("optimizer got an empty parameter list", "nn.ModuleList"),
    ("a view of a leaf Variable that requires grad is being used in an in-place operation", "torch.no_grad()"),
    ("cannot assign 'torch.FloatTensor' as parameter", "copy_"),
    ("invalid index of a 0-dim tensor", "loss.item()"),
    ("`dataset.train_data`", "`dataset.data`"),
    ("Attempted to wrap RNN, GRU, or LSTM", "fullgraph"),
    ("Trying to backward through the graph a second time", "h = h.detach()"),
    ("The error stays although you detach?", "changes nothing in place"),
    ("modified by an inplace operation: [torch.FloatTensor [8, 8]]", "The cure is the cut"),
    ("modified by an inplace operation: [torch.FloatTensor [3, 8]]", "torch.stack"),
    ("Can't detach views in-place", "part = part.detach()"),
    ("out of memory", "total += loss.item()"),
    ("`output[:, :, -1]`", "one unit at all steps"),
    ("Using a target size (torch.Size([5])) that is different to the input size", "compares each answer"),
    ("`nan` from the first step", "Look for it before training"),
    ("Clipping in the wrong place", "between `backward()` and `step()`"),
    ("`pad_packed_sequence` without `batch_first`", "`(L, N, H)`"),
    ("looks right, one step late", "error with that of the last value"),
    ("Expected input batch_size (15) to match target batch_size (3)", "scores.flatten(0, 1), targets.flatten()"),
    ("Expected len(lengths) to be equal to batch_size", "batch_first=True"),
    ("Expected total_length to be at least", "x.size(1)"),
    ("Expected sequence length to be larger than 0", "Leave empty ones out"),
    ("index -1 is out of bounds for dimension 1 with size 0", "Leave empty ones out"),
    ("num_samples should be a positive integer value", "longer than the series"),
    ("Boolean value of Tensor with more than one value is ambiguous", "nn.MSELoss()(answers, targets)"),
    ("Dimension out of range (expected to be in range of [-1, 0], but got 1)", "squeeze(-1)"),
    ("too many indices for tensor of dimension 1", "squeeze(-1)"),
    ("The shape of the mask", "mask.T"),
    ("masked_fill_ only supports boolean masks", "mask.bool()"),
    ("Index tensor must have the same number of dimensions as input tensor", "lengths - 1]"),
    ("Given normalized_shape", "nn.LayerNorm(hidden)"),
    ("only one element tensors can be converted to Python scalars", "torch.stack"),
    ("cannot be converted to Scalar", "mean"),
    ("expected Tensor as element 0 in argument 0, but got tuple", "Put `output`"),
    ("takes from 2 to 3 positional arguments but 4 were given", "lstm(x, (h_0, c_0))"),
    ("got an unexpected keyword argument", "one step and one direction"),
    ('missing the required "forward" function', "misspelt"),
    ("expected np.ndarray (got DataFrame)", "to_numpy()"),
    ("could not determine the shape of object type 'DataFrame'", "to_numpy()"),
    ("At least one stride in the given numpy array is negative", ".copy()"),
    ("Expected 2D array, got 1D array instead", "reshape(-1, 1)"),
    ("non-broadcastable output operand", "scaler.scale_[k] + scaler.mean_[k]"),
    ("x and y must have same first dimension", "times[w:]"),
    ("setting an array element with a sequence", "pad_sequence"),
    ("Can't pickle", "top level of a file"),
    ("An attempt has been made to start a new process", '__name__ == "__main__"'),
    ("killed by signal: Bus error", "num_workers=0"),
    ("Caught KeyError in DataLoader worker process", "series.iloc[i]"),
    ("weight tensor should be defined either for all 3 classes or no classes", "One weight for each class"),
    ("expected scalar type Float but found Double", "weight.float()"),
    ("var has negative entry/entries", ".exp()"),
    ("probability tensor contains either inf, nan or element < 0", "scores.softmax(-1)"),
    ("Implicit dimension choice for softmax", "dim=-1"),
    ("Found dtype Long but expected Float", "targets.float()"),
    ("input_lengths must be of size batch_size", "transpose(0, 1)"),
    ("'NoneType' object has no attribute", "self.h_0.grad"),
    ("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed", "self.h_0.grad"),
    ("only Tensors of floating point dtype can require gradients", "nn.Embedding"),
    ("Inference tensors cannot be saved for backward", "h.clone()"),
    ("more than one element of the written-to tensor refers to a single memory location", ".clone()"),
    ("support the deepcopy protocol", "h.detach()"),
    ("Batching rule not implemented for aten::lstm.input", "take a batch themselves"),
    ("Got unsupported ScalarType BFloat16", ".float()"),
    ("'PackedSequence' object has no attribute", "pad_packed_sequence"),
    ("Unexpected key(s) in state_dict", "persistent=False"),
    ("Fan in and fan out can not be computed", "dim() == 1"),
    ("parameter group that doesn't match the size of optimizer's group", "start a new optimizer"),
    ("Detected call of lr_scheduler.step() before optimizer.step()", "First `optimizer.step()`"),
    ("To copy construct from a tensor", "x.clone().detach()"),
    ("hidden_size should be of type int", "//"),
    ("hit config.recompile_limit", "compile the cell"),
    ("RNN module weights are not part of single contiguous chunk of memory", "flatten_parameters()"),
    ("Attempting to deserialize object on a CUDA device", 'map_location="cpu"'),
    ("Cannot re-initialize CUDA in forked subprocess", "x.to(device)"),
    ("Expected a 'cuda' device type for generator", 'torch.Generator("cuda")'),
    ("Cannot convert a MPS Tensor to float64 dtype", "x.float()"),
    ("CUDNN_STATUS_EXECUTION_FAILED", "smaller batch"),
    ("Validation gives another result each time", "training=self.training"),
    ("targets are all `ignore_index`", "nan"),
    ("Every sample comes twice", "get_worker_info()"),
    ("The best model saved is the last one", "copy.deepcopy(model.state_dict())"),
    ("Times that are all the same", "Subtract the start"),
    ("loss stuck at 0.693", "the state after all the padding"),
    ("`nan` after a few batches", "x.isfinite().all()"),
    ("A carried state from a batch of another size", "torch.zeros(layers, x.size(0), hidden)"),
    ("predicts the same value for every input", "divide by its deviation"),
    ("a loss of `inf`", "zero_infinity=True"),
    ("Good in training only · overfitting", "weight_decay"),
    ("CTC gives blanks only", "Train on"),
    ("the same characters over and over", "torch.multinomial"),
    ("missing 1 required positional argument: 'metrics'", "scheduler.step(validation_loss)"),
    ("got an unexpected keyword argument", "`verbose`"),
    ("Expected size for first two dimensions of batch2 tensor to be", "keys.transpose(1, 2)"),
    ("could not convert string to float", "pd.to_datetime"),
    ("too many dimensions 'str'", "class numbers"),
    ("Size mismatch between tensors", "the same index"),
    ("Sum of input lengths does not equal the length of the input dataset", "[0.8, 0.2]"),
    ("'DataLoader' object is not an iterator", "next(iter(loader))"),
    ("'DataLoader' object is not subscriptable", "loader.dataset[0]"),
    ("Class values must be smaller than num_classes", "the largest and one more"),
    ("one_hot is only applicable to index tensor", ".long()"),
    ("Tensors must have same number of dimensions", ".expand(-1, L, -1)"),
    ("import torchtext", "collections.Counter"),
    ("WeightsUnpickler error: Unsupported global", "float(loss)"),
    ("'collections.OrderedDict' object has no attribute", "model.load_state_dict(torch.load"),
    ("too many values to unpack (expected 2)", "output, h_n = gru(x)"),
    ("got Long", "went through `argmax`"),
    ("Torch not compiled with CUDA enabled", "torch.cuda.is_available()"),
    ("Found no NVIDIA driver on your system", "torch.cuda.is_available()"),
    ("training gets slower", "total += loss.item()"),
    ("X has 1 features, but MinMaxScaler is expecting 3", "asked for *one*"),
    ("Input batch size 2 doesn't match hidden0 batch size 3", "torch.zeros(x.size(0), hidden)"),
    ("'float' object has no attribute 'backward'", "take the number afterwards"),
    ("The loss is 0 from the start", "nn.BCEWithLogitsLoss"),
    ("Accuracy above 1", "labels.squeeze(1)"),
    ("The loaded model gives different predictions", "sorted(set(words))"),
]


@pytest.mark.parametrize(("seen", "cure"), ROWS, ids=[seen[:40] for seen, _ in ROWS])
def test_what_people_meet_stands_beside_its_cure(seen, cure):
    found = [entry for entry in sections() if seen in entry]
    assert found, f"no entry has {seen!r}"
    assert any(cure in entry for entry in found), f"{seen!r} stands without {cure!r}"


def test_every_entry_has_a_heading_of_its_own():
    texts = [cell.source for cell in nbformat.read(PAGE, as_version=4).cells if cell.cell_type == "markdown"]
    titles = re.findall(r"^### (.+)$", "\n".join(texts), flags=re.MULTILINE)
    assert len(titles) == len(set(titles)) > 60


def unknown(printed, page):
    """Return the messages among printed lines whose first six words, up to a number or a bracket, are not on a page."""
    messages = re.findall(r"^\w*(?:Error|Warning): (.+)$", printed, flags=re.MULTILINE)

    def begin(message):
        return " ".join(re.split(r"[\[(]|\d", message)[0].split()[:6]).rstrip(".,:")

    return [message for message in messages if begin(message) not in page]


def test_a_message_of_another_release_is_noticed():
    page = "### `expected scalar type Long but found Float` RuntimeError: input.size(-1) must be equal"
    assert unknown("RuntimeError: expected scalar type Long but found Float\n", page) == []
    assert unknown("ok\nValueError: expected a Long (got 3)\n", page) == ["expected a Long (got 3)"]
