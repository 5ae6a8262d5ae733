"""What the plain PyTorch contenders share: the models, the device, the calls on one sample."""

import torch
from torch import nn

from cases import data

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def versions():
    if DEVICE.type == "cuda":
        return {"torch": torch.__version__, "CUDA": f"{torch.version.cuda} ({torch.cuda.get_device_name()})"}
    return {"torch": torch.__version__}


def wait():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def build(case):
    torch.manual_seed(0)
    if case.model == "quickstart":
        layers = [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)]
    else:
        layers = [layer for _ in range(100) for layer in (nn.Linear(8, 8), nn.ReLU())]
        layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers).to(DEVICE)


def tensors(case):
    x, y = data(case)
    y = torch.from_numpy(y)
    y = y.long() if case.model == "quickstart" else y.float()
    return torch.from_numpy(x).float().to(DEVICE), y.to(DEVICE)


def loss_function(case):
    return nn.functional.cross_entropy if case.model == "quickstart" else nn.functional.mse_loss


def one_sample(case):
    """The calls on one sample: array in and array out for `predict`, tensor in and out for `call`."""
    model = build(case).eval()
    array = data(case)[0][:1]
    tensor = torch.from_numpy(array).float().to(DEVICE)

    def predict(count):
        for _ in range(count):
            with torch.inference_mode():
                model(torch.from_numpy(array).float().to(DEVICE)).cpu().numpy()

    def call(count):
        for _ in range(count):
            model(tensor)
        wait()

    calls = predict if case.action == "predict" else call
    calls(case.warm_up)
    return lambda: calls(case.repeats)
